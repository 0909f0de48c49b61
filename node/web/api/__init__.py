"""The owner's API: operations, what they take, what they answer."""
