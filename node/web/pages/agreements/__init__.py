"""What was agreed: its page, its changes, what falls due."""
