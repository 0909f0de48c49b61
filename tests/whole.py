"""The whole of what a node knows, for tests that go through all of it: made from its list of nouns."""

from typing import Final

from node.nouns import NOUNS, components_of, ledger_of, operations_of
from node.web.api.components import COMPONENTS as COMMON
from node.web.api.owner import described

LEDGER: Final = ledger_of(NOUNS)
PROJECTIONS: Final = LEDGER.tables
COMPONENTS: Final = {**COMMON, **components_of(NOUNS)}
OPERATIONS: Final = described(operations_of(NOUNS), COMPONENTS)
