"""Terms about data: what an owner has set of them, and what of others' comes in by that."""
