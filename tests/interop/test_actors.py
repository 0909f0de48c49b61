"""Actors of all servers that FEDERATION.md names are read, by the reader that a node reads actors with."""

import re
from typing import Any

import pytest

from protocol import jsonld
from protocol.actors import KeyPurpose, read_actor
from protocol.errors import Unauthenticated
from protocol.keys import read_public_pem
from tests.docs import papers
from tests.interop.actors import FORMS, HANDLE, NAME, SERVER, Form
from tests.interop.foreign import pem, rsa_secret
from tests.interop.literal import invented

NAMES = sorted(FORMS, key=str.lower)


def test_there_are_many() -> None:
    assert len(FORMS) >= 40
    assert len({form.source for form in FORMS.values()}) >= 40


def test_the_table_is_that_of_the_forms() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \| ([A-Z][a-z]+) \| ([^|]+) \| `([^|`]+)` \|$",
        papers.read("FEDERATION.md"),
        re.MULTILINE,
    )
    keys = {name: FORMS[name].key.removeprefix("~") for name in NAMES}
    shown = {name: f"`{key}`" if key else "the actor itself" for name, key in keys.items()}
    assert rows == [(name, FORMS[name].kind, shown[name], FORMS[name].source) for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_read(name: str) -> None:
    form = FORMS[name]
    document = form.document()
    actor = read_actor(document, iri=form.iri)
    assert (actor.kind.value, actor.handle, actor.name) == (form.kind, HANDLE, NAME)
    assert actor.inbox.startswith(SERVER)
    assert (actor.shared_inbox is None) == (not form.shared and "sharedInbox" not in document)
    said = [actor.inbox, actor.shared_inbox, actor.outbox, actor.followers, actor.summary]
    assert invented(said, document) == []


@pytest.mark.parametrize("name", NAMES)
def test_its_keys_are_found_by_the_ids_it_gives_them(name: str) -> None:
    form = FORMS[name]
    actor = read_actor(form.document(), iri=form.iri)
    key = actor.key(form.iri + form.key.removeprefix("~"), KeyPurpose.HTTP)
    assert key is not None
    assert key.key == read_public_pem(pem(rsa_secret()))
    assert form.proves == any(KeyPurpose.ASSERTION in other.purposes for other in actor.keys)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_read_the_same_the_long_way(name: str) -> None:
    """A key that is spelled in full sends a document the long way; nothing of the actor hangs on that."""
    form = FORMS[name]
    document = form.document()
    spelled = {key: value for key, value in document.items() if key != "inbox"}
    spelled["http://www.w3.org/ns/ldp#inbox"] = {"@id": document["inbox"]}
    long_way = jsonld.read(spelled, relied_on=frozenset())
    assert long_way is not spelled
    assert long_way["inbox"] == document["inbox"]


def _elsewhere(form: Form) -> list[dict[str, Any]]:
    document, other = form.document(), "https://evil.example/users/ada"
    return [
        {**document, "id": other},
        {**document, "inbox": f"{other}/inbox"},
        {**document, "inbox": "http://social.example/inbox"},
    ]


@pytest.mark.parametrize("name", NAMES)
def test_what_lives_elsewhere_is_refused_in_every_form(name: str) -> None:
    form = FORMS[name]
    for document in _elsewhere(form):
        with pytest.raises(Unauthenticated, match="actor-"):
            read_actor(document, iri=form.iri)
    stolen = form.document()
    stolen["publicKey"] = {
        "id": form.iri + "#k",
        "owner": "https://evil.example/a",
        "publicKeyPem": pem(rsa_secret()),
    }
    assert read_actor(stolen, iri=form.iri).key(form.iri + "#k", KeyPurpose.HTTP) is None
