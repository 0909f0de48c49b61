"""The owner's API: operations, what they take, what they answer."""

from typing import Final

PREFIX: Final = "/api/v1"
"""What the paths of all operations begin with."""
