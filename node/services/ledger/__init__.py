"""The ledger: the journal, what follows from it, and what comes in to it."""
