"""The settings' page, from the fields of `Settings`."""

from dataclasses import fields

from docs.pages import writing
from docs.pages.writing import code, item, prose
from node.settings import FILE_NAME, Described, Settings, describe
from node.terminal.application import tree


def page() -> str:
    """Return the page."""
    flags = _flags()
    return writing.page(
        "Reference: the settings",
        prose(
            f"A flag of `freehold up` wins over the environment, that over {code(FILE_NAME)} in the data "
            "folder, that over the default. `freehold config show --origin` says which it was, `freehold "
            "config set KEY VALUE` writes the file. An unknown key is refused, so a misspelt one is never "
            "ignored."
        ),
        prose(
            "The data folder is `--data`, else `FREEHOLD_DATA`, else `freehold` in `XDG_DATA_HOME`, else "
            "`.local/share/freehold` in the home folder."
        ),
        *(_setting(described, flags) for described in describe()),
    )


def _setting(described: Described, flags: dict[str, str]) -> str:
    unit = f", in {described.unit}" if described.unit else ""
    given = [code(described.variable)]
    if described.key in flags:
        given.insert(0, code(flags[described.key]))
    if described.key != "data":
        given.append(f"{code(described.key)} in the file")
    stated = code(described.default) if described.default else "empty"
    default = "see above" if described.key == "data" else stated
    return "\n".join(
        [
            f"## {described.key}",
            "",
            prose(f"{described.meaning[0].upper()}{described.meaning[1:]}{unit}."),
            "",
            item(f"Given by: {'; '.join(given)}."),
            item(f"Default: {default}."),
            item(f"A value {_expectation(described.key)}"),
        ]
    )


def _flags() -> dict[str, str]:
    up = next(command for command in tree() if command.words == ("freehold", "up"))
    return {
        entry.spelling.removeprefix("--"): " ".join(filter(None, [entry.spelling, entry.takes]))
        for entry in up.options
    }


def _expectation(key: str) -> str:
    """Return what a setting's reader says about a value that can be nobody's: what it expects."""
    (field,) = (field for field in fields(Settings) if field.name == key)
    try:
        field.metadata["read"](b"")
    except ValueError as error:
        return str(error)
    raise AssertionError(f"the reader of {key} takes anything")
