"""What notices bring to the ledger: who follows it for the owner, and the dates that come near."""

from typing import Final

from node.services.ledger.chapters import Chapter
from node.services.notices.following import NOTICES
from node.services.notices.reminding import REMINDERS, REMINDING

CHAPTER: Final = Chapter(name="notices", followers=(NOTICES, REMINDERS), clock=REMINDING)
