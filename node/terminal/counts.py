"""How many of something there are, in words: one is not several. Pure."""


def counted(number: int | str, noun: str) -> str:
    """Return a number with its noun: `1 item`, `3 items`, `0 items`; the noun takes an s in the plural."""
    text = f"{number:,}" if isinstance(number, int) else number
    return f"{text} {noun}" if text == "1" else f"{text} {noun}s"
