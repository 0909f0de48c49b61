"""Envelopes: the ways in which something leaves this node, each a kind of its own."""
