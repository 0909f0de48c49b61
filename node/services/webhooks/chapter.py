"""What webhooks bring to the ledger: a clock, which puts what the journal tells on its way."""

from typing import Final

from node.services.ledger.chapters import Chapter
from node.services.webhooks.queueing import QUEUEING

CHAPTER: Final = Chapter(name="webhooks", clock=QUEUEING)
