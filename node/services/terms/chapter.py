"""What terms about data bring to the ledger: what their owners have set."""

from typing import Final

from node.services.ledger.chapters import Chapter
from node.services.terms.keeping import SET, project

CHAPTER: Final = Chapter(name="terms", projectors={SET: project}, tables=("term_settings",))
