"""The business's CRM takes part: adapters, the loop that speaks with them, and what it writes where."""
