"""Trade: the price list and the rule that answer by themselves."""
