"""The outbox: what became of what we sent."""
