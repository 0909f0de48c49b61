"""`freehold config`: the settings of a node, where each comes from, and how to change them in its file."""

from typing import Annotated, Final

from typer import Argument, Option

from node import settings
from node.core.identities import Contradiction, Identity, contradiction
from node.folder import DATABASE_NAME
from node.terminal import data_folder
from node.terminal.call import CommandCall
from node.terminal.failures import Failure, not_found, usage
from node.terminal.nouns import NOUNS
from node.terminal.settings_file import load, whole, write_private, written
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["config"].line)

Key = Annotated[str, Argument(metavar="KEY", help="The name of a setting, such as port.")]

# What the first start settles who the node is by, and what an origin may follow from.
_SETTLED: Final = frozenset({"name", "handle", "kind", "origin", "host", "port", "dev"})

VALUES: Final = (
    Column("setting", lambda item: str(item["key"])),
    Column("value", lambda item: str(item["value"])),
    Column("unit", lambda item: str(item["unit"])),
)
ORIGINS: Final = (*VALUES, Column("from", lambda item: str(item["source"])))


@verb(app, "show")
def show(
    call: CommandCall,
    *,
    origin: Annotated[bool, Option("--origin", help="Also say where each value comes from.")] = False,
) -> None:
    """Show every setting as a node started here would have it; with --node, as that node has it."""
    items = _settings(call)
    if call.out.machine:
        call.out.document({"items": items})
    else:
        call.table(items, ORIGINS if origin else VALUES, empty="No settings.")


@verb(app, "get")
def get(call: CommandCall, key: Key) -> None:
    """Print the value of one setting."""
    for item in _settings(call):
        if item["key"] == key:
            call.out.show(item, [str(item["value"])])
            return
    raise _unknown(key)


@verb(app, "set", writes=True)
def set_value(
    call: CommandCall,
    key: Key,
    value: Annotated[
        str | None, Argument(metavar="VALUE", help="The new value; lists are written a,b,c.")
    ] = None,
) -> None:
    """Write a setting to the file in the data folder; it holds from the node's next start."""
    name, _, meant = key.partition("=")
    if name not in {described.key for described in settings.describe()}:
        raise _unknown(name)
    if value is None or name != key:
        example = f"freehold config set {name} {meant or 'VALUE'}"
        raise usage("A setting and its value are two words.", f"Write: {example}")
    path = call.folder / settings.FILE_NAME
    data_folder.check_ours(call.folder)
    value = whole(key, value)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = written(before, key, value)
    _check(call, key, after)
    _check_identity(call, key, before, after)
    call.stop_if_dry({"file": str(path), "key": key, "value": value})
    write_private(path, after)
    call.out.show({"key": key, "value": value, "file": str(path)}, [f"  {key} = {value}"])
    call.out.say("  It holds from the next start of the node.")


@verb(app, "path")
def path(call: CommandCall) -> None:
    """Print where the settings file is, whether or not it exists yet."""
    file = call.folder / settings.FILE_NAME
    call.out.show({"path": str(file), "exists": file.exists()}, [str(file)])


def _settings(call: CommandCall) -> list[Document]:
    if call.flags.node:
        return list(call.node.get("/config")["items"])
    loaded = load(call)
    return [
        {
            "key": described.key,
            "value": settings.shown(getattr(loaded, described.key)),
            "source": str(loaded.origins[described.key]),
            "meaning": described.meaning,
            "unit": described.unit,
            "default": described.default,
        }
        for described in settings.describe()
    ]


def _check(call: CommandCall, key: str, text: str) -> None:
    """Refuse a value the node would refuse; what is wrong elsewhere in the file is none of this command."""
    try:
        settings.load({"data": call.flags.data or None}, {}, text)
    except settings.SettingsError as error:
        if error.key == key:
            raise usage(f"{key} {error.detail}", error.hint) from error


def _check_identity(call: CommandCall, key: str, before: str, after: str) -> None:
    """Refuse to set what the first start has settled, also where it follows, as an origin from a port."""
    if key not in _SETTLED or not (call.folder / DATABASE_NAME).is_file():
        return
    known = data_folder.standing(call.folder).identity
    if known is None:
        return
    if key == "name":
        hint = "Change it, and tell those who know you, with: freehold profile rename NAME"
        raise usage("The first start has used name; now it would change nothing.", hint)
    wrong = _contradiction(call, known, after)
    if wrong is not None and _contradiction(call, known, before) is None:
        raise usage(wrong.reason, f"It stays {wrong.holds}; another one needs a node in another folder.")


def _contradiction(call: CommandCall, known: Identity, text: str) -> Contradiction | None:
    try:
        loaded = settings.load({"data": call.flags.data or None}, {}, text)
    except settings.SettingsError:
        return None
    given = {key: settings.given(loaded, key) for key in ("handle", "kind")}
    return contradiction(known, origin=loaded.origin, **given)


def _unknown(key: str) -> Failure:
    from difflib import get_close_matches

    known = [described.key for described in settings.describe()]
    meant = "".join(get_close_matches(key, known, n=1))
    asked = f"Did you mean {meant}? " if meant else ""
    return not_found(f"{key} is no setting.", f"{asked}All are listed by: freehold config show")
