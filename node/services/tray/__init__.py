"""The tray: what other systems of the owner's hand in, for whoever takes it."""
