"""A business is spoken to as Sie in German: at its desk, about its own wishes, when something goes wrong."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from docs import catalogues
from node.web.pages.desk.desk import PAGES
from node.web.pages.wording import languages
from node.web.pages.wording.languages import GERMAN, PSEUDO, Reader, gettext, ngettext, reading
from tests.web.house import until
from tests.web.pages.desk.dealing import Dealing, familiar
from tests.web.pages.desk.test_pipeline_page import ESTATE

SIE = Reader(language=GERMAN, formal=True)


def said(message: str | Sequence[str], reader: Reader = SIE) -> list[str]:
    """Return in which words a message is said, to a business unless it is another reader."""
    with reading(reader):
        if isinstance(message, str):
            return [gettext(message)]
        one, many = message
        return [ngettext(one, many, count) for count in (1, 2)]


@pytest.mark.slow
def test_nothing_that_a_business_reads_says_du() -> None:
    """Whatever state it is in: all messages of all pages, since a business wishes for things, too."""
    found = {text for _, message in catalogues.places() for text in said(message) if familiar(text)}
    assert found == set()


_SIE = re.compile(r"(?<![.!?:] )\b(?:Sie|Ihr|Ihr(?:e[mnrs]?)|Ihnen)\b")
_BUSINESS = re.compile(r"(?:^|/)desk/|templates/(?:claim_name|countersign)[.]html$")


@pytest.mark.slow
def test_nothing_that_a_customer_reads_says_sie() -> None:
    """But for what stands at the beginning of a sentence, where it may be those who were spoken of."""
    found = {
        text
        for name, message in catalogues.places()
        if not _BUSINESS.search(name)
        for text in said(message, Reader(language=GERMAN))
        if _SIE.search(text, 1)
    }
    assert found == set()


@pytest.mark.slow
def test_what_is_said_formally_is_said_otherwise_to_a_person_and_nothing_else_is() -> None:
    with (catalogues.FORMAL / "de.po").open("rb") as file:
        formal = {message.id: message for message in read_po(file) if message.id}
    known = {message.id for message in catalogues.said()}
    holes = re.compile(r"%\(\w+\)s")
    for id, message in formal.items():
        assert id in known
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert texts == said(id)
        originals = [id] if isinstance(id, str) else list(id)
        with reading(Reader(language=GERMAN)):
            assert gettext(originals[0]) != texts[0]
        for text in texts:
            assert not familiar(text), text
            assert set(holes.findall(text)) <= set(holes.findall(originals[-1]))


def test_a_language_without_formal_words_says_what_it_says_to_everybody() -> None:
    assert languages.catalogue("en", formal=True).gettext("Your password") == "Your password"
    assert languages.catalogue(PSEUDO.code, formal=True).gettext("Today") == gettext_of(PSEUDO, "Today")


def gettext_of(language: languages.Language, message: str) -> str:
    with reading(Reader(language=language)):
        return gettext(message)


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_each_page_as_it_is_shown(deal: Dealing, tmp_path: Path) -> None:
    german = {"Accept-Language": "de"}
    await deal.connect(tmp_path)
    await deal.ask(deal.jonas, "Seven-seater", specifications=ESTATE)
    wish = await deal.ask(deal.ada, "Hybrid")
    offer = await deal.wait_for(deal.ada, wish["id"], "offered")
    await deal.ada.owner("POST", f"/offers/{offer['id']}/accept")
    await deal.stands(answer=1, sign=1)
    items = (await deal.pipeline())["items"]
    (agreement,) = [item["agreement"] for item in items if item["agreement"]]
    ids = {
        "/desk/wishes/": [item["intention"] for item in items],
        "/desk/cosign/": [await deal.waits(next(one["intention"] for one in items if not one["offer"]))],
        "/desk/team/": [(await deal.dealer.owner("POST", "/persons", {"name": "Bea"})).json["id"]],
        "/desk/integration/connect/": ["spreadsheet", "tryton", "webhook"],
        "/desk/customers/": [(await deal.dealer.owner("GET", "/customers")).json["items"][0]["id"]],
    }
    shown = 0
    for page in PAGES:
        if page.method != "GET":
            continue
        folder = page.path.partition("{")[0]
        for id in ids.get(folder, [""]):
            answer = await deal.desk.get(page.path.replace("{id}", id), **german)
            assert answer.status == 200, page.path
            assert familiar(answer.body.decode()) == [], page.path
            shown += 1
    assert shown > len(ids) + 6
    for path, status in (
        ("/desk/wishes/none", 404),
        ("/desk/nowhere", 404),
        (f"/agreements/{agreement}", 200),
        ("/address", 200),
        ("/calendar", 200),
        ("/notifications/devices", 200),
        ("/backup", 200),
        ("/look", 200),
        ("/more", 200),
        ("/notifications", 200),
        ("/notifications/mail", 200),
        ("/notifications/ntfy", 200),
        ("/profile", 200),
        ("/profile/edit", 200),
        ("/security", 200),
        ("/sign-in", 200),
    ):
        answer = await deal.desk.get(path, **german)
        assert answer.status == status, path
        assert familiar(answer.body.decode()) == [], path
    deal.dealer.clock.ahead = timedelta(minutes=6)
    asked = await deal.desk.get("/step-up?next=/desk", **german)
    assert familiar(asked.body.decode()) == []


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_its_own_wishes_from_the_first_word_to_the_agreement(fresh: Dealing) -> None:
    german, price = {"Accept-Language": "de"}, {"kind": "oneOff", "amount": "9.50", "currency": "EUR"}
    wish = await fresh.dealer.cast(fresh.ada.iri, name="Printing paper", specifications=ESTATE)

    async def has_come() -> bool:
        return bool((await fresh.ada.owner("GET", "/intentions?own=false")).json["items"])

    await until(has_come)
    (known,) = (await fresh.ada.owner("GET", "/intentions?own=false")).json["items"]
    terms = {"name": "Paper", "price": [price]}
    made = await fresh.ada.owner("POST", "/offers", {"intention": known["id"], "terms": terms})
    assert made.status == 201, made.body
    offer = await fresh.wait_for(fresh.dealer, wish["id"], "offered")
    at = f"/offers/{offer['id']}"
    wishes = (
        "/wishes",
        "/wishes/new",
        *(f"/wishes/{wish['id']}{end}" for end in ("", "/pause", "/withdraw")),
    )
    for path in (*wishes, at, *(at + end for end in ("/accept", "/counter", "/decline", "/thread"))):
        answer = await fresh.desk.get(path, **german)
        assert answer.status == 200, path
        assert familiar(answer.body.decode()) == [], path
    unsaid = await fresh.desk.post("/wishes/new", currency="EUR", limit="much", do="preview")
    assert (unsaid.status, familiar(unsaid.body.decode())) == (422, [])


@pytest.mark.asyncio(loop_scope="module")
async def test_a_person_is_spoken_to_as_before(deal: Dealing) -> None:
    german = {"Accept": "text/html", "Accept-Language": "de"}
    found = familiar((await deal.ada.get("/sign-in", **german)).body.decode())
    assert familiar((await deal.dealer.get("/sign-in", **german)).body.decode()) == []
    assert found
