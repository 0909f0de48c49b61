"""AG: who is left, and will not hear of it."""

from typing import Any, Final

import orjson

from protocol.strictjson import Document
from protocol.vocabulary import PROBLEM_JSON
from tests.attacks.binding import answering, soon
from tests.attacks.cases import Attack, Case, vectors
from tests.attacks.changes import agreed
from tests.attacks.sites import reply
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect


def notice_refused(status: int, code: str = "") -> Attack:
    """Answer a notice like that for ever, with the code of a problem that it does not have."""
    problem = orjson.dumps({"status": status, "code": code}) if code else b""
    refusal = reply(problem, status=status, media=PROBLEM_JSON if code else None)

    def attack(world: World) -> Answer:
        _, _, id = agreed(world, notice="P1M")
        world.advance(minutes=6)  # whoever seems gone is looked for anew, and not more often
        with answering(world.shop, lambda _: refusal):
            day = world.asked("POST", f"/agreements/{id}/end", {})["leaves_at"]
            soon(lambda: last_notice(world, id)["refused_at"] is not None, "it is refused")
            send_again(world, last_notice(world, id)["activity"])
        world.settle()
        left = world.asked("GET", f"/agreements/{id}")
        expect(left["state"] == "ending", f"notice needs nobody's consent, but it is {left['state']}")
        expect(left["leaves_at"] == day, "it ends on the day that was named")
        notice = last_notice(world, id)
        expect((notice["counts"], notice["status"]) == (True, status), "its owner is told how it was refused")
        return world.must(world.baseline(world.shop))

    return attack


def last_notice(world: World, id: str) -> Any:
    """Return the last notice that was given of an agreement, as the owner sees it."""
    return world.asked("GET", f"/agreements/{id}/leavings")["items"][-1]


def send_again(world: World, activity: str) -> None:
    """Send again what was refused, and wait until that is refused, too."""
    [before] = sent(world, activity)
    world.advance(minutes=6)
    world.asked("POST", f"/deliveries/{before['id']}/retry")

    def is_refused() -> bool:
        [now] = sent(world, activity)
        return bool(now["attempts"] > before["attempts"] and now["state"] != "queued")

    soon(is_refused, "what is sent again is refused again")


def sent(world: World, activity: str) -> list[Document]:
    """Return the delivery of an activity of the node's."""
    newest = world.asked("GET", "/deliveries?limit=20")["items"]
    return [one for one in newest if one["activity"] == activity]


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "AG-46",
        {
            "by a server that knows nobody": notice_refused(404),
            "by a shop that is gone": notice_refused(410),
        },
        202,
        fetches=2,  # each time it is asked where the shop is now
    ),
    *vectors(
        "AG-46",
        {
            "by a shop that forbids it": notice_refused(403),
            "as too short, which it is not": notice_refused(422, "notice-too-short"),
            "as too late, which it is not": notice_refused(409, "illegal-transition"),
        },
        202,
    ),
)
