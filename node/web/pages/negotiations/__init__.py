"""Offers and what is answered to them."""
