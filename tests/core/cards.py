"""Cards drawn at random by the grammar, as the three versions and the programs that write them spell it.

Each comes with what a reader has to find in it, however the lines around that are.
"""

import quopri
from dataclasses import dataclass

from hypothesis import strategies as st

# Lines that may hold anything: they may be taken or not, and nothing else may suffer from it.
NAMES = [
    "N", "TEL", "ADR", "BDAY", "URL", "ORG", "NOTE", "ROLE", "GENDER", "LANG", "NICKNAME", "PHOTO", "LOGO",
    "KEY", "CATEGORIES", "GEO", "X-ABLabel", "X-SOCIALPROFILE", "IMPP", "UID", "REV", "KIND",
    "X-ANDROID-CUSTOM",
]  # fmt: skip
PARAMETERS = [
    "TYPE=home", "TYPE=work,cell", 'TYPE="fax,pref"', "PREF=1", "PREF=x", "PREF", "WORK", "QUOTED-PRINTABLE",
    "ENCODING=b", "ENCODING=QUOTED-PRINTABLE", "CHARSET=ISO-8859-1", "CHARSET=UTF-8", "CHARSET=hex",
    "ALTID=1", "LANGUAGE=de", "VALUE=uri", "X-APPLE-OMIT-YEAR=1604", 'LABEL="a: b;c"', "=", "", '"',
]  # fmt: skip
VALUES = [
    "", ";;;;", "Beispiel;Ida", ";;Weg 1\\nHaus B;Bern;;3011;CH", "+49 30 555 0123", "19850128", "--0305",
    "F", "www.example.org", "http\\://a.example", "data:image/png;base64,AAAA", "AAAA", "=C3=BC=", "=", "\\",
    "a,b\\,c", "_$!<Home>!$_", "tel:+49-30;ext=1", "org", "1985-02-30", "\x00\x07",
]  # fmt: skip
TEXT = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff")


@dataclass(frozen=True)
class Written:
    """A card in a file, and the name and the e-mail address in it that a reader has to find."""

    content: bytes
    name: str
    email: str


def escaped(text: str) -> str:
    for sign in ("\\", ",", ";"):
        text = text.replace(sign, f"\\{sign}")
    return text


def folded(line: str, length: int) -> str:
    return "\n ".join(line[at : at + length] for at in range(0, len(line), length))


@st.composite
def names(draw: st.DrawFn, version: str) -> tuple[str, str]:
    """Draw a name, and the line that says it and is preferred."""
    name = draw(st.text(TEXT, min_size=1, max_size=80).map(str.strip).filter(bool))
    if version == "2.1" and draw(st.booleans()):
        quoted = quopri.encodestring(name.encode(), quotetabs=True).decode("ascii")
        return name, f"FN;PREF;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted}"
    line = f"FN;{'PREF=1' if version == '4.0' else 'TYPE=pref'}:{escaped(name)}"
    return name, line if version == "2.1" else folded(line, draw(st.integers(10, 90)))


@st.composite
def others(draw: st.DrawFn) -> str:
    """Draw a line that may hold anything."""
    parameters = "".join(f";{stated}" for stated in draw(st.lists(st.sampled_from(PARAMETERS), max_size=3)))
    value = draw(st.sampled_from(VALUES) | st.text(TEXT, max_size=60))
    group = draw(st.sampled_from(["", "", "item1."]))
    return f"{group}{draw(st.sampled_from(NAMES))}{parameters}:{value}"


@st.composite
def cards(draw: st.DrawFn) -> Written:
    """Draw a card."""
    version = draw(st.sampled_from(["2.1", "3.0", "4.0"]))
    name, said = draw(names(version))
    email = draw(st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.[a-z]{2,4}", fullmatch=True))
    address = f"EMAIL;{draw(st.sampled_from(['PREF=1', 'TYPE=INTERNET,pref']))}:{email}"
    lines = [said, address, *draw(st.lists(others(), max_size=8))]
    lines = [f"VERSION:{version}", *draw(st.permutations(lines)), "END:VCARD", ""]
    text = "\n".join(["BEGIN:VCARD", *lines])
    if draw(st.booleans()):
        text = (
            text.replace("BEGIN:VCARD", "begin:vcard ").replace("EMAIL", "item9.email").replace("FN;", "fn;")
        )
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16"]))
    return Written(text.replace("\n", draw(st.sampled_from(["\r\n", "\n"]))).encode(encoding), name, email)
