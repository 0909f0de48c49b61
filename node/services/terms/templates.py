"""The template of a shop: set and shown by its owner, and put into each offer whose customer understands it.

Rules that hold here:

- An offer begins with the template as it is then, unless whoever makes it says otherwise; later offers of one
  negotiation keep what stands, whatever becomes of the template.
- Whoever does not say that they understand terms about data is offered the same without.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

from node.core.drafts import opening_draft, view_time
from node.core.entries import Entry
from node.core.terms_door import view_flag
from node.core.terms_templates import (
    REFUSING,
    SENT,
    TermsTemplate,
    fill_in,
    flags_for_customers,
    is_filled_in,
    kept_terms_template,
    kept_to,
    read_terms_template,
    render_terms_template,
    texts_of,
)
from node.services.acting import Acting
from node.services.ledger.chapters import Reading
from node.services.ledger.recording import note
from node.services.terms.keeping import load as load_settings
from node.services.terms.speakers import knows_terms
from node.storage import peers
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from node.storage.terms_templates import (
    TermsTemplateRow,
    count_answers,
    counted_answers,
    drop_terms_template,
    load_terms_template,
    save_terms_template,
)
from protocol.drafts import Draft
from protocol.intentions import read_intention
from protocol.strictjson import Document

SET: Final = "terms.template"
DROPPED: Final = "terms.template.dropped"
TURNED_AWAY: Final = "terms.refused"


class TemplateAnswers(TypedDict):
    """How many offers were made with a template, and how many of them were turned away for it, and why."""

    sent: int
    refused: int
    codes: Mapping[str, int]


class TemplateShown(TypedDict):
    """A template, or None, with what a customer who has set nothing would see of it.

    `refused` are the flags for which it would not be taken, `within` the entries of the roster it keeps to,
    `texts` what is read of it, by language.
    """

    terms: Document | None
    set_at: str | None
    flags: Sequence[Document]
    refused: Sequence[str]
    within: Sequence[str]
    texts: Mapping[str, str]
    offers: TemplateAnswers


# --- the owner's side ---------------------------------------------------------------------------------------


def set(session: Session, acting: Acting, document: Mapping[str, Any]) -> TemplateShown:
    """Set what the offers say from now on; what was offered stays as it is.

    Raises:
        Unprocessable: as `read_terms_template`.
    """
    template = read_terms_template(document)
    note(session, acting, SET, {"terms": render_terms_template(template.terms), "digest": template.digest})
    return show(session, acting)


def drop(session: Session, acting: Acting) -> TemplateShown:
    """Say nothing about data from now on but what is said by hand. Without a template nothing happens."""
    if load_terms_template(session, acting.iri) is not None:
        note(session, acting, DROPPED, {})
    return show(session, acting)


def show(session: Session, acting: Acting) -> TemplateShown:
    """Show the template, and what became of the offers with it."""
    row = load_terms_template(session, acting.iri)
    shown = rehearse(session, acting, None if row is None else row.document)
    if row is None:
        return shown
    counted = counted_answers(session, acting.iri)
    answers: TemplateAnswers = {
        "sent": counted.pop(SENT, 0),
        "refused": sum(counted.get(code, 0) for code in REFUSING),
        "codes": counted,
    }
    return {**shown, "set_at": view_time(row.set_at), "offers": answers}


def rehearse(session: Session, acting: Acting, document: Mapping[str, Any] | None) -> TemplateShown:
    """Show what a template would say, and to whom it would be odd. Reads only.

    Raises:
        Unprocessable: as `read_terms_template`.
    """
    template = None if document is None else read_terms_template(document)
    published = load_settings(session, acting.iri).accepts or None
    flags = [] if template is None else [*map(view_flag, flags_for_customers(template, published))]
    return {
        "terms": None if template is None else render_terms_template(template.terms),
        "set_at": None,
        "flags": flags,
        "refused": [flag["code"] for flag in flags if flag["severity"] == "refuse"],
        "within": [] if template is None else kept_to(template),
        "texts": {} if template is None else texts_of(template, acting.iri),
        "offers": {"sent": 0, "refused": 0, "codes": {}},
    }


# --- in offers ----------------------------------------------------------------------------------------------


def opening(session: Session, acting: Acting, row: IntentionRow) -> Draft:
    """Return what an offer to somebody else's intention starts from, with the template if there is one."""
    draft = opening_draft(read_intention(row.document))
    template = _load(session, acting)
    if template is None or row.peer is None:
        return draft
    address = peers.named_peer(session, acting.iri, row.peer).address
    return fill_in(draft, template) if knows_terms(session, acting.origin, address) else draft


def counted_as(session: Session, acting: Acting, draft: Draft) -> dict[str, str]:
    """Return what the journal keeps of an offer that is made with the template: which one that was."""
    template = _load(session, acting) if draft.terms is not None else None
    return {"template": template.digest} if template is not None and is_filled_in(draft, template) else {}


def _load(session: Session, acting: Acting) -> TermsTemplate | None:
    row = load_terms_template(session, acting.iri)
    return None if row is None else kept_terms_template(row.document, row.digest)


# --- from the journal ---------------------------------------------------------------------------------------


def project_template(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Set what a shop says about data."""
    decision = entry.decision
    row = TermsTemplateRow(entry.actor, dict(decision["terms"]), decision["digest"], entry.at)
    save_terms_template(session, row)


def project_dropped_template(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Let a shop say nothing about data."""
    drop_terms_template(session, entry.actor)


def project_turned_away(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Count an offer with a template that was turned away for it."""
    count_answers(session, entry.actor, entry.decision["template"], entry.decision["codes"])
