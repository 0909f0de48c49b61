"""Negotiations: moves made and taken, agreements, messages, evidence."""
