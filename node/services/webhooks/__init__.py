"""Webhooks: programs of the owner's that are told of what happens, signed, wherever they are."""
