"""What terms about data bring to the ledger: what their owners have set."""

from typing import Final

from node.services.ledger.chapters import Chapter
from node.services.terms import templates
from node.services.terms.keeping import SET, project

CHAPTER: Final = Chapter(
    name="terms",
    projectors={
        SET: project,
        templates.SET: templates.project_template,
        templates.DROPPED: templates.project_dropped_template,
        templates.TURNED_AWAY: templates.project_turned_away,
    },
    tables=("term_settings", "terms_templates", "terms_answers"),
)
