"""People: who lives here, whom they know, what they say of themselves."""
