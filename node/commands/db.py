"""`freehold db`: the database file itself, for when no node is running."""

from node.core import codes
from node.terminal import data_folder
from node.terminal.call import CommandCall
from node.terminal.failures import Failure
from node.terminal.nouns import NOUNS
from node.terminal.printing import fields
from node.terminal.verbs import noun, verb

app = noun(NOUNS["db"].line)


@verb(app, "migrate", writes=True)
def migrate(call: CommandCall) -> None:
    """Bring the file up to this release's schema; a copy is made before anything changes."""
    path = data_folder.existing(call.folder)
    call.stop_if_dry({"file": str(path)})
    copy = data_folder.migrate(call.folder)
    done = f"Migrated. The file as it was: {copy}" if copy else "The schema is this release's already."
    call.out.show({"file": str(path), "copy": str(copy) if copy else None}, [f"  {done}"])


@verb(app, "check")
def check(call: CommandCall) -> None:
    """Read the whole file and look for damage, dangling rows and a foreign schema."""
    found = data_folder.check(call.folder)
    report = {"ok": not found, "found": found}
    if found:
        raise Failure(codes.DATABASE_DAMAGED, f"Found: {'; '.join(found[:5])}", problem=report)
    call.out.show(report, ["  The file is whole."])


@verb(app, "info")
def info(call: CommandCall) -> None:
    """Show how large the file is, how far its journal goes and how many rows each table has."""
    described = data_folder.describe(call.folder)
    plain = [(name, str(value)) for name, value in described.items() if name != "rows"]
    rows = [(name, f"{count:,} rows") for name, count in described["rows"].items()]
    call.out.show(described, fields([*plain, *rows]))
