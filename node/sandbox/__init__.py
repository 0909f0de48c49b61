"""The demonstration market: a customer and three businesses, each a real node in a process of its own."""
