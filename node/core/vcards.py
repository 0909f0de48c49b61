"""Read a vCard as members of a profile, and say what of it was not taken.

Rules that hold here:

- A property that cannot be read costs itself alone: the card is taken without it, and a remark names its
  line.
- Nothing is dropped in silence: what a profile has no member for is named too.
- Of several values the preferred one (PREF, TYPE=pref) becomes the owner's own member. Others go where
  schema.org has a place for more: `contactPoint`, `sameAs`, `alternateName`.

Sources: RFC 6350 §5 and §6 and RFC 2426 §3 for properties, schema.org for members; Apple's X-ABLabel says
what its group is for.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from node.core import codes, contacts
from node.core.contacts import UnreadableError
from node.core.contentlines import ContentLine, read_card
from node.core.remarks import Remarks
from protocol.documents import Document
from protocol.errors import Malformed
from protocol.values import dataclass

LIMIT_VALUES: Final = 20  # of one member; nobody has more telephones
_LIMIT_BYTES: Final = 20_000  # of one value that is looked at; the longest that is taken is a note
_LEAST_PREFERRED: Final = 101  # RFC 6350 §5.3: PREF is 1 to 100

# What a card says of itself and not of its owner.
_FRAME: Final = frozenset(
    {"VERSION", "PRODID", "REV", "UID", "KIND", "CLIENTPIDMAP", "PROFILE", "CLASS", "MAILER"}
)
_LABEL: Final = "X-ABLABEL"
_GROUPS: Final = frozenset({"org", "organization", "group", "location"})  # a KIND that is no person's
# Kinds of telephone (RFC 6350 §6.4.1) on which nobody is spoken to.
_SPEECHLESS: Final = frozenset({"pager", "modem", "bbs", "textphone", "video", "telex"})
# Types that do not tell what a value is for.
_SAYS_NOTHING: Final = frozenset(
    {"", "pref", "voice", "internet", "fax", "x400", "msg", "text", "dom", "intl", "postal", "parcel"}
)

_NO_MEMBER: Final = "Not kept, because the profile has no member for it: …."
_GUESSED: Final = "Read as Windows-1252, because it is not UTF-8: …. See that it is right."
_CONTROLS: Final = "Control characters were taken out of …. See that it is right."
_PICTURE: Final = "a picture inside a card is not kept; put it on the web, and give its address as image."
_AGAIN: Final = "the profile has room for one of these and took another; see that it is the right one."
_MANY: Final = "the profile takes no more of these; take some out of the card."


@dataclass(frozen=True, slots=True)
class TakenCard:
    """What was read of a card: members of schema.org, and sentences about what was not."""

    members: Document
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class _Rule:
    """Where a property's values go: the preferred one to `member`, others to `more`, which takes many.

    Without `member` a value is set aside, for `_as_person` and `_as_organization`; without `more` only the
    first is taken; without `main` all go to `more`.
    """

    read: Callable[[str], Any]
    member: str = ""
    more: str = ""
    main: bool = True


@dataclass(frozen=True, slots=True)
class _Stated:
    """One value of one property, read."""

    line: ContentLine
    value: Any


def read_vcard(content: bytes, *, is_person: bool) -> TakenCard:
    """Read the one card in a file, for the profile of a person or of an organization.

    Raises:
        Malformed: `vcard-invalid`: it is no card, or several, or damaged, or nothing of it can be taken.
    """
    card = read_card(content)
    reader = _Reader(_OF_A_PERSON if is_person else _OF_AN_ORGANIZATION)
    if card.cut:
        reader.said.add("The card has no END:VCARD. If the file was cut off, export the card again.")
    reader.read(card.lines)
    members = reader.as_person() if is_person else reader.as_organization()
    remarks = reader.said.sentences()
    if not members:
        raise Malformed(
            codes.VCARD_INVALID,
            " ".join(("The vCard has nothing for a profile. Export it with a name at least.", *remarks)),
        )
    if "name" not in members:
        remarks.append("The card has no name, so the profile keeps the one it has.")
    return TakenCard(members, remarks)


# --- which property goes where ---------------------------------------------------------------------------


def _read_occupation(text: str) -> Document:
    return {"type": "Occupation", "name": contacts.read_line(text)}


def _read_kind(text: str) -> None:
    if text.lower() in _GROUPS:
        raise UnreadableError("the card is not one of a person, but your profile is; see that it is right.")


def _read_picture(text: str) -> str:
    if not text.lower().startswith("http"):
        raise UnreadableError(_PICTURE)
    return contacts.read_url(text)


_SHARED: Final[Mapping[str, _Rule]] = {
    "N": _Rule(contacts.read_name),
    "FN": _Rule(contacts.read_line, "name", "alternateName"),
    "NICKNAME": _Rule(contacts.read_list, "alternateName", "alternateName"),
    "EMAIL": _Rule(contacts.read_email, "email", "contactPoint"),
    "TEL": _Rule(contacts.read_telephone, "telephone", "contactPoint"),
    "FAX": _Rule(contacts.read_telephone, "faxNumber", "contactPoint"),
    "PAGER": _Rule(contacts.read_telephone, "telephone", "contactPoint", main=False),
    "ADR": _Rule(contacts.read_address, "address", "contactPoint"),
    "URL": _Rule(contacts.read_url, "url", "sameAs"),
    "SOCIALPROFILE": _Rule(contacts.read_url, "sameAs", "sameAs"),
    "X-SOCIALPROFILE": _Rule(contacts.read_url, "sameAs", "sameAs"),
    "NOTE": _Rule(contacts.read_note, "description"),
    "LANG": _Rule(contacts.read_language, "knowsLanguage", "knowsLanguage"),
    "PHOTO": _Rule(_read_picture, "image", "image"),
}
_OF_A_PERSON: Final[Mapping[str, _Rule]] = {
    **_SHARED,
    "KIND": _Rule(_read_kind),
    "BDAY": _Rule(contacts.read_birthday, "birthDate"),
    "GENDER": _Rule(contacts.read_gender, "gender"),
    "TITLE": _Rule(contacts.read_line, "jobTitle"),
    "ROLE": _Rule(_read_occupation, "hasOccupation", "hasOccupation"),
    "ORG": _Rule(contacts.read_organization, "worksFor", "worksFor"),
}
_OF_AN_ORGANIZATION: Final[Mapping[str, _Rule]] = {
    **_SHARED,
    "LOGO": _Rule(_read_picture, "logo"),
    "ORG": _Rule(contacts.read_organization),
}


def _key(line: ContentLine) -> str:
    """Return the name by which a property has its rule: there are several kinds of telephone."""
    types = set(_types(line))
    if line.name != "TEL" or types & {"voice", "cell"}:
        return line.name
    if any(kind.endswith("fax") for kind in types):
        return "FAX"
    return "PAGER" if types & _SPEECHLESS else "TEL"


def _types(line: ContentLine) -> list[str]:
    stated = ",".join(line.parameters.get("TYPE", ()))
    return [word.strip()[: contacts.LIMIT_TEXT] for word in contacts.clean(stated).lower().split(",")]


def _preference(found: _Stated) -> int:
    stated = found.line.first("PREF")
    if re.fullmatch("[1-9][0-9]?|100", stated):
        return int(stated)
    return 1 if "pref" in _types(found.line) else _LEAST_PREFERRED


# --- reading ---------------------------------------------------------------------------------------------


class _Reader:
    """One card on its way into the members of a profile."""

    def __init__(self, rules: Mapping[str, _Rule]) -> None:
        self.rules = rules
        self.said = Remarks()
        self.members: Document = {}
        self.aside: dict[str, _Stated] = {}
        self.labels: dict[str, ContentLine] = {}
        self.labelled: set[str] = set()

    def read(self, lines: list[ContentLine]) -> None:
        """Read what the lines say, and put it where it goes."""
        self.labels = {line.group: line for line in lines if line.name == _LABEL}
        stated: dict[str, list[_Stated]] = {}
        for line in lines:
            try:
                if value := self._value(line):
                    stated.setdefault(_key(line), []).append(_Stated(line, value))
            except UnreadableError as refused:
                self._say(line, str(refused))
        for key, rule in self.rules.items():
            for found in self._alternatives(sorted(stated.get(key, ()), key=_preference)):
                self._put(key, rule, found)
        for line in lines:
            if line.name == _LABEL and line.group not in self.labelled:
                self.said.gather(_NO_MEMBER, _place(line))

    def as_person(self) -> Document:
        """Return the members of a person; without FN the name is made of N, as 2.1 allows."""
        parts = self._aside("N")
        name = self.members.get("name") or contacts.full_name(parts)
        if not name and isinstance(employer := self.members.get("worksFor"), dict):
            name = employer["name"]
        return ({"name": name} if name else {}) | parts | self.members

    def as_organization(self) -> Document:
        """Return the members of an organization: its name is FN or else ORG, and N one of somebody there."""
        parts, stated = self._aside("N"), self._aside("ORG")
        made = contacts.full_name(parts)
        name = self.members.get("name") or stated.get("name") or made
        if parts and name != made:
            self.said.gather(_NO_MEMBER, _place(self.aside["N"].line))
        legal = {"legalName": stated["name"]} if stated and stated["name"] != name else {}
        units = {"department": stated["department"]} if "department" in stated else {}
        return ({"name": name} if name else {}) | legal | units | self.members

    def _aside(self, key: str) -> Document:
        return dict(self.aside[key].value) if key in self.aside else {}

    def _say(self, line: ContentLine, sentence: str) -> None:
        self.said.add(f"Line {line.number}, {line.name}: {sentence}")

    def _value(self, line: ContentLine) -> Any:
        """Return what a property says, nothing for what says nothing or has no rule.

        Raises:
            UnreadableError: it cannot be taken.
        """
        rule = self.rules.get(_key(line))
        if rule is None:
            is_said = line.value.strip(b" ;\t") or line.name == "AGENT"  # whose card stands behind it
            if is_said and line.name not in _FRAME and line.name != _LABEL:
                self.said.gather(_NO_MEMBER, _place(line))
            return None
        is_picture = rule.read is _read_picture
        if is_picture and line.encoding == "base64":
            raise UnreadableError(_PICTURE)
        if len(line.value) > _LIMIT_BYTES:
            raise UnreadableError(_PICTURE if is_picture else "it is too long; shorten it.")
        text = self._text(line)
        if not text.strip(";, "):
            # An address may be given as the label for a letter alone (RFC 6350 §6.3.1).
            text = contacts.clean(line.first("LABEL")).replace(";", r"\;") if line.name == "ADR" else ""
        if not text:
            return None
        if line.name == "BDAY":
            return contacts.read_birthday(text, no_year=line.first("X-APPLE-OMIT-YEAR"))
        return rule.read(text)

    def _text(self, line: ContentLine) -> str:
        try:
            text, guessed = line.text()
        except ValueError:
            raise UnreadableError("it is not of the encoding it names; export the card as UTF-8.") from None
        if guessed:
            self.said.gather(_GUESSED, _place(line))
        cleaned, controls = contacts.without_controls(text)
        if controls:
            self.said.gather(_CONTROLS, _place(line))
        return cleaned

    def _alternatives(self, stated: list[_Stated]) -> list[_Stated]:
        """Return the first of those that say the same in other languages (ALTID, RFC 6350 §5.4)."""
        chosen: dict[str, _Stated] = {}
        for number, found in enumerate(stated):
            first = chosen.setdefault(found.line.first("ALTID") or f"\n{number}", found)
            if first is not found:
                self._say(found.line, f"line {first.line.number} says the same and was taken instead.")
        return list(chosen.values())

    def _put(self, key: str, rule: _Rule, found: _Stated) -> None:
        present = self.members.get(rule.member) if rule.member else self._aside(key) or None
        if rule.member and rule.member == rule.more:
            for value in found.value if isinstance(found.value, list) else [found.value]:
                self._add(rule.more, value, found.line)
        elif present is None and rule.main:
            if rule.member:
                self.members[rule.member] = found.value
            else:
                self.aside[key] = found
        elif rule.more and found.value != present:
            more = self._contact_point(rule.member, found) if rule.more == "contactPoint" else found.value
            self._add(rule.more, more, found.line)
        elif found.value != present:
            self._say(found.line, _AGAIN)

    def _add(self, member: str, value: Any, line: ContentLine) -> None:
        """Add a value to those of a member; one alone stands without a list."""
        present = self.members.get(member)
        values = present if isinstance(present, list) else [] if present is None else [present]
        if value in values:
            return
        if len(values) == LIMIT_VALUES:
            self._say(line, _MANY)
        else:
            self.members[member] = [*values, value] if values else value

    def _contact_point(self, member: str, found: _Stated) -> Document:
        """Return another telephone, e-mail or postal address, with what it is for."""
        is_address = isinstance(found.value, dict)
        point = found.value if is_address else {"type": "ContactPoint", member: found.value}
        told = [word for word in _types(found.line) if word not in _SAYS_NOTHING]
        kind = self._label(found.line.group) or "".join(told[:1])
        return point | ({"contactType": kind} if kind else {})

    def _label(self, group: str) -> str:
        """Return the label of a group: `_$!<Work>!$_` if Apple knows it, else words of the owner."""
        label = self.labels.get(group) if group else None
        try:
            text = contacts.read_line(self._text(label)) if label else ""
        except UnreadableError:
            return ""  # it is named with what is not kept
        self.labelled.add(group)
        return re.sub(r"^_\$!<(.*)>!\$_$", r"\1", text)


def _place(line: ContentLine) -> str:
    return f"{line.name} (line {line.number})"
