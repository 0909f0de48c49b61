"""Intentions: what our owners want, and what others cast to us."""
