"""Grants: facts that a customer gives, one by one, and what a business reads and holds of them."""
