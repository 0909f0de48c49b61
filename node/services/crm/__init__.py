"""The business's CRM, as far as the tables go: what is to stand there, and what came from there."""
