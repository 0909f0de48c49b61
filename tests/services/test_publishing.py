"""The public profile: what was chosen, in the actor's document and to followers, and nothing by default."""

import json
from pathlib import Path
from typing import Any

import pytest

from node.services import describing, disclosure
from node.services.erasure import purge
from node.services.intentions import casting
from node.services.ledger import journals
from node.services.people import peers, profiles, publishing
from node.storage import journal
from protocol.actors import read_actor
from protocol.errors import Conflict, Unprocessable
from protocol.hypertext import read_hypertext
from tests.services.parties import Party, settle
from tests.whole import LEDGER

FIELD = Path(__file__).parents[1] / "field" / "profiles"
PUBLIC_WISH = {
    "quantity": {"value": "1", "unit": "one"},
    "deadline": "2099-01-01T00:00:00Z",
    "currency": "EUR",
    "audience": ["public"],
}
MEMBERS = {"name": "Ada", "email": "ada@ada.example", "telephone": "+41 31 555 01 23"}


@pytest.fixture
def known(ada: Party) -> Party:
    ada.do(profiles.set, profiles.prepare(ada.acting, dict(MEMBERS)))
    return ada


def seen(party: Party) -> Any:
    """Return the actor's document as a stranger gets it."""
    party.forget_owner()
    return describing.document(party.owner)


def test_an_outbox_reads_as_much_as_it_shows(ada: Party) -> None:
    """Anybody may ask for it, as often as they like."""
    for number in range(2 * disclosure.LATEST):
        ada.do(casting.cast, {**PUBLIC_WISH, "name": f"bike {number}"})
    asked: list[str] = []
    ada.db.conn.set_trace_callback(asked.append)
    said = ada.write(lambda db: disclosure.said(db, ada.iri, None))
    ada.db.conn.set_trace_callback(None)
    names = [activity["object"]["name"] for activity in said]
    assert names == [f"bike {number}" for number in range(99, 49, -1)]
    read = [statement for statement in asked if "payload" in statement]
    assert len(read) == disclosure.LATEST


def test_nothing_is_public_by_default(known: Party) -> None:
    assert "attachment" not in seen(known)
    assert "ada@ada.example" not in str(seen(known))
    assert known.do(publishing.show)["members"] == {}


def test_what_is_previewed_is_published_and_nothing_else(known: Party) -> None:
    before = seen(known)
    shown = known.do(publishing.preview, ["email"])
    assert seen(known) == before
    published = known.do(publishing.publish, ["email"])
    assert published == shown
    document = seen(known)
    assert document == shown["document"]
    said = {"type": "PropertyValue", "name": "email", "value": "ada@ada.example"}
    assert document["attachment"] == [said]
    assert "555" not in str(document)
    assert {name: value for name, value in document.items() if name not in {"attachment", "@context"}} == {
        name: value for name, value in before.items() if name != "@context"
    }
    # Others read the actor as before, with a context of one more part.
    assert read_actor(document, iri=known.iri).keys == read_actor(before, iri=known.iri).keys


@pytest.mark.parametrize("file", ["schema-org-person", "null-member", "phone-of-a-friend", "byte-order-mark"])
def test_a_profile_of_the_field_is_published_as_the_text_that_it_is(ada: Party, file: str) -> None:
    given = json.loads((FIELD / f"{file}.json").read_text(encoding="utf-8-sig"))
    given = {name: value for name, value in given.items() if value is not None} | {
        "description": "<img src=x onerror=alert(1)>"
    }
    ada.do(profiles.set, profiles.prepare(ada.acting, given))
    kept = ada.do(profiles.show)
    members = [name for name, value in kept.items() if isinstance(value, str) and not name.startswith("@")]
    ada.do(publishing.publish, members)
    for stated in seen(ada)["attachment"]:
        text = kept[stated["name"]]
        linked = text.startswith(("http://", "https://"))
        assert read_hypertext(stated["value"]) == (text, linked)
        assert stated["value"].count("<") == (2 if linked else 0)


def test_it_is_taken_back(known: Party) -> None:
    before = seen(known)
    known.do(publishing.publish, ["email", "telephone"])
    known.do(publishing.publish, ["telephone"])
    assert [said["name"] for said in seen(known)["attachment"]] == ["telephone"]
    known.do(publishing.publish, [])
    assert seen(known) == before


def test_a_change_of_the_profile_publishes_nothing(known: Party) -> None:
    known.do(publishing.publish, ["email"])
    changed = profiles.prepare(known.acting, MEMBERS | {"email": "ada@home.example"})
    known.do(profiles.set, changed)
    assert seen(known)["attachment"][0]["value"] == "ada@ada.example"
    assert known.do(publishing.show)["outdated"] == ["email"]


def test_followers_are_told(known: Party, bikes: Party) -> None:
    bikes.do(peers.follow, known.owner.actor)
    settle(bikes, known)
    known.do(peers.approve, bikes.iri)
    settle(known, bikes)
    known.do(publishing.publish, ["email"])
    assert len(known.queued()) == 1
    settle(known, bikes)
    assert known.queued() == []


def test_what_cannot_be_published_changes_nothing(known: Party) -> None:
    with pytest.raises(Unprocessable, match="not-publishable"):
        known.do(publishing.publish, ["email", "fax"])
    assert known.do(publishing.show)["members"] == {}


def test_it_is_rebuilt_and_can_be_erased_once_it_is_taken_back(known: Party) -> None:
    known.do(publishing.publish, ["email"])
    assert known.write(lambda db: journals.rebuild(db, LEDGER))["unchanged"] is True
    entry = next(item for item in journal.entries(known.db) if item.entry.kind == publishing.PUBLISHED)
    (digest, *_) = journal.digests_of(known.db, entry.number)
    with pytest.raises(Conflict, match="still-needed"):
        known.write(lambda db: purge(db, digest, "asked for", known.clock.now))
    known.do(publishing.publish, [])
    known.write(lambda db: purge(db, digest, "asked for", known.clock.now))
    assert known.write(lambda db: journals.rebuild(db, LEDGER))["unchanged"] is True
