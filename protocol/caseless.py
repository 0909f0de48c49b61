"""Texts compared as a reader compares them: without regard to case, form of the accents, or width of blanks.

Rules that hold here:

- `grün` is one word however it is encoded: as one character for the ü, or as u and a mark (NFC, NFD).
- A form is for comparing only. What is shown, sent and signed keeps its own spelling.

Sources: Unicode 15 §3.13 (canonical caseless match, D145), UAX 15 (normalisation forms).
"""

from unicodedata import normalize


def caseless(text: str) -> str:
    """Return the form in which two texts are equal that differ in nothing but case, accents' form and blanks.

    Any run of blanks is one; those at the ends are none.
    """
    if text.isascii():
        return " ".join(text.split()).lower()
    return normalize("NFC", " ".join(normalize("NFD", text).casefold().split()))
