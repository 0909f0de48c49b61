"""A noun that does not exist, whole in this folder: a peer likes an intention of ours, and is thanked."""
