"""Write the examples anew: `python -m tests.schemas.write`, after a change of the protocol that is meant."""

import json
from pathlib import Path

import schemas
from tests.schemas.faults import faulty
from tests.schemas.scenario import run

_FOLDER = Path(schemas.__file__).parent / "examples"


def write() -> None:
    """Write the examples to their folders, and remove those that are no more."""
    for folder, documents in (("valid", run()[0]), ("invalid", faulty())):
        for old in (_FOLDER / folder).glob("*.jsonld"):
            old.unlink()
        for name, document in documents.items():
            text = json.dumps(document, ensure_ascii=False, indent=2)
            (_FOLDER / folder / f"{name}.jsonld").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
