"""A wish that its customer has paused, on the desk: said, not asked for, and asked for again."""

import pytest

from tests.web.pages.desk.dealing import Dealing, familiar, holes
from tests.web.pages.desk.test_pipeline_page import ESTATE
from tests.web.pages.desk.test_wish_page import NEW, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_paused_wish_says_so_and_asks_for_nothing(deal: Dealing) -> None:
    wish = await deal.ask(deal.jonas, "Seven-seater", specifications=ESTATE)
    await deal.stands(answer=1)
    _, fields, _ = await opened(deal, "Seven-seater")
    until = "2098-03-01T00:00:00Z"
    paused = await deal.jonas.owner("PATCH", f"/intentions/{wish['id']}", {"pause": {"until": until}})
    assert paused.status == 200, paused.body
    await deal.stands(answer=0, offered=1)
    path, _, page = await opened(deal, "Seven-seater")
    assert "Paused by the customer until <time" in page
    assert "You can offer then." in page
    assert 'name="do"' not in page
    assert holes(page) == []
    assert "Paused by the customer until" in (await deal.desk.get("/desk")).body.decode()
    german = (await deal.desk.get(path, **{"Accept-Language": "de"})).body.decode()
    assert familiar(german) == []
    assert "Dann können Sie anbieten." in german
    refused = await deal.desk.send_form(path, fields | NEW | {"do": "look"})
    assert (refused.status, "Paused by the customer" in refused.body.decode()) == (422, True)
    lifted = await deal.jonas.owner("PATCH", f"/intentions/{wish['id']}", {"pause": None})
    assert lifted.status == 200
    await deal.stands(answer=1, offered=0)
