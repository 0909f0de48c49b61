"""A message that its author deletes: the words go, and nothing else; nobody deletes another's."""

from typing import Any

from node.services.negotiations import messages
from node.storage import payloads
from protocol.canonical import canonicalise
from protocol.strictjson import Document
from tests.services.parties import Party, check_journal, settle
from tests.services.test_erasure import body_of, document_of, holds, rebuilt
from tests.services.test_inbox import code_of
from tests.services.test_negotiation import cast, offer, only


def said(sender: Party, receiver: Party, words: str) -> str:
    """Send a message in the one negotiation; return its address."""
    note = sender.do(messages.write, only(sender)["id"], words)["iri"]
    settle(sender, receiver)
    return str(note)


def deletion(sender: Party, receiver: Party, object: Any, *, name: str = "gone") -> bytes:
    document: Document = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{sender.origin}/activities/{name}",
        "type": "Delete",
        "actor": sender.iri,
        "to": [receiver.iri],
        "object": object,
    }
    return canonicalise(document)


def negotiating(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)


def test_the_words_go_and_a_mark_stays(ada: Party, bikes: Party) -> None:
    negotiating(ada, bikes)
    note = said(bikes, ada, "The canary is yellow.")
    said(bikes, ada, "The cat is not.")
    body, apart = body_of(ada, "message", "in"), document_of(ada, "message")
    tombstone = {"id": note, "type": "Tombstone", "formerType": "Note"}
    assert ada.receive(deletion(bikes, ada, tombstone), bikes) == 202
    assert not holds(ada, "canary")
    assert holds(ada, "The cat is not.")
    first, second = ada.do(messages.list, only(ada)["id"])["items"]
    assert (first["content"], first["deleted_at"]) == ("", "2026-05-04T12:00:00Z")
    assert (second["content"], second["deleted_at"]) == ("The cat is not.", None)
    mark = payloads.load_purge(ada.db, apart)
    assert mark is not None
    assert mark.why == "Its author deleted it."
    assert payloads.load_purge(ada.db, body) is None  # of the message that stays
    report = rebuilt(ada)
    assert (report["unchanged"], report["purged"], report["passed_over"]) == (True, 1, 0)
    assert holds(bikes, "canary")  # what its author keeps is theirs


def test_the_same_words_of_somebody_else_stay(ada: Party, bikes: Party) -> None:
    negotiating(ada, bikes)
    first, second, ours = said(bikes, ada, "canary"), said(bikes, ada, "canary"), said(ada, bikes, "canary")
    for left, note in ((2, first), (1, second)):
        assert ada.receive(deletion(bikes, ada, note, name=f"gone{left}"), bikes) == 202
        shown = ada.do(messages.list, only(ada)["id"])["items"]
        assert [item["content"] for item in shown].count("canary") == left
        report = rebuilt(ada)
        assert (report["unchanged"], report["purged"]) == (True, 3 - left)
    (kept,) = [item for item in ada.do(messages.list, only(ada)["id"])["items"] if item["content"]]
    assert kept["iri"] == ours


def test_whatever_names_the_message_deletes_it_once(ada: Party, bikes: Party) -> None:
    negotiating(ada, bikes)
    for type in ("", "Note", "Tombstone"):
        note = said(bikes, ada, f"canary {type}")
        named = {"id": note, "type": type} if type else note
        assert ada.receive(deletion(bikes, ada, named, name=f"gone{type}"), bikes) == 202
        entries = ada.db.conn.execute("SELECT count(*) FROM journal").fetchone()
        assert ada.receive(deletion(bikes, ada, named, name=f"again{type}"), bikes) == 202
        assert ada.db.conn.execute("SELECT count(*) FROM journal").fetchone() == entries
    assert not holds(ada, "canary")
    check_journal(ada)


def test_nobody_deletes_what_another_wrote(ada: Party, bikes: Party, wheels: Party) -> None:
    negotiating(ada, bikes)
    theirs, ours = said(bikes, ada, "theirs"), said(ada, bikes, "ours")
    assert code_of(ada, deletion(wheels, ada, theirs), wheels) == "not-yours"
    assert code_of(ada, deletion(bikes, ada, ours), bikes) == "not-yours"
    assert [item["content"] for item in ada.do(messages.list, only(ada)["id"])["items"]] == ["theirs", "ours"]
