"""The ways in: claim, sign-in, security, and the time to undo."""
