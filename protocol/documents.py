"""What a document is, for whoever only hands one on: JSON as it was parsed, with nothing else loaded."""

from typing import Any, TypeAlias

Json: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None
Document: TypeAlias = dict[str, Any]
