"""Make the CRMs that tests run against before a test waits for one: `python -m tests.crm.beforehand`.

Tests make what is missing themselves, and every other test that wants it waits meanwhile. What cannot be had
is said here, and is no failure yet: that is for the tests that need it.
"""

import subprocess
from collections.abc import Callable, Mapping
from typing import Final

from tests.crm.bottle import environment as bottle
from tests.crm.foreign import SetUpError
from tests.crm.tryton import environment as tryton
from tests.postgres import PostgresFailedError, PostgresMissingError

TEMPLATES: Final[Mapping[str, Callable[[], object]]] = {
    "Tryton": tryton.template,
    "BottleCRM": bottle.template,
}
_MISSING: Final = (
    SetUpError,
    bottle.PythonMissingError,
    PostgresMissingError,
    PostgresFailedError,
    subprocess.TimeoutExpired,
)


def main() -> None:
    """Make each, and say what came of it."""
    for title, make in TEMPLATES.items():
        try:
            make()
        except _MISSING as error:
            print(f"{title} is not ready for the tests: {error}")
        else:
            print(f"{title} is ready for the tests.")


if __name__ == "__main__":
    main()
