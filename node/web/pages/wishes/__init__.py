"""Wishes, from the form to the comparison of what came."""
