"""Notices: what the owner is told away from the pages (`node.core.notices` decides when, and how much)."""
