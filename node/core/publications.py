"""Publications: the members of a profile that its owner lets everybody read, exactly as chosen.

Rules that hold here:

- Nothing is public unless it was named. A member that has parts is not taken whole: each part is named.
- What was published stays as it was until it is published anew or taken back, though the profile changes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from node.core import codes
from protocol.errors import Unprocessable

Publication: TypeAlias = Mapping[str, Sequence[str]]
"""What is public: the texts of each member, by its place in the profile (`address.addressLocality`)."""

LIMIT_MEMBERS: Final = 20
LIMIT_TEXTS: Final = 20  # of one member, such as the languages somebody knows
LIMIT_CHARACTERS: Final = 2_000


def choose(profile: Mapping[str, Any], members: Sequence[str]) -> dict[str, list[str]]:
    """Return what is public if these members of a profile are, in the order of their names.

    Raises:
        Unprocessable: `not-publishable`, with the member and what to name instead.
    """
    if len(set(members)) > LIMIT_MEMBERS:
        raise _refused(f"No more than {LIMIT_MEMBERS} members are published.")
    return {member: _texts(member, _find(profile, member)) for member in sorted(set(members))}


def outdated(profile: Mapping[str, Any], publication: Publication) -> list[str]:
    """List the public members that the profile has no longer, or with another text."""
    return [member for member, texts in publication.items() if not _still_says(profile, member, texts)]


def _still_says(profile: Mapping[str, Any], member: str, texts: Sequence[str]) -> bool:
    try:
        return _texts(member, _find(profile, member)) == [*texts]
    except Unprocessable:
        return False


def _find(profile: Mapping[str, Any], member: str) -> Any:
    value: Any = profile
    for name in member.split("."):
        value = value.get(name) if isinstance(value, dict) and not name.startswith("@") else None
    if value is None:
        raise _refused(f"{member}: your profile has no such member.")
    return value


def _texts(member: str, value: Any) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    if len(texts) > LIMIT_TEXTS:
        raise _refused(f"{member}: no more than {LIMIT_TEXTS} texts are published.")
    return [_text(member, text) for text in texts]


def _text(member: str, value: Any) -> str:
    if isinstance(value, dict):
        parts = [f"{member}.{name}" for name in value if not name.startswith("@")]
        raise _refused(f"{member}: it has parts; name those you mean: {', '.join(parts)}.")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _refused(f"{member}: it is no text.")
    if len(str(value)) > LIMIT_CHARACTERS:
        raise _refused(f"{member}: it is longer than {LIMIT_CHARACTERS:,} characters.")
    return str(value)


def _refused(detail: str) -> Unprocessable:
    return Unprocessable(codes.NOT_PUBLISHABLE, detail)
