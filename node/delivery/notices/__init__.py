"""Notices on their way out: the loop that sends them, and a channel for each medium."""
