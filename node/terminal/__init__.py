"""The kit of the command line: what its nouns in node/commands are made with."""
