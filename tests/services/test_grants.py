"""Grants between two parties: given, taken, read, counted, over; and what is held and erased."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from node.core.accesses import LISTED_IN_AN_HOUR
from node.core.quotas import LEAST_BYTES, QuotaSpent
from node.services.disclosure import Asked, find_grant
from node.services.grants import ending, giving, holding, looking_back, reading
from node.services.grants.giving import ACTIVE_LIMIT
from node.services.negotiations import agreements, offers
from node.services.outbox import deliveries
from node.services.people import peers, profiles
from node.storage import grants, journal, payloads
from protocol.canonical import canonicalise, digest_of
from protocol.errors import Conflict, Forbidden, ProtocolError, Unauthenticated, Unprocessable
from protocol.grants import GrantState
from protocol.strictjson import Document, parse
from protocol.times import render_time
from tests.services.granting import PROFILE, agree, ask, asked, got, granted, later, read, request
from tests.services.parties import LIMITS, Party, carry, check_journal, settle
from tests.services.test_data_terms import meet
from tests.services.test_inbox import last, resign


def refused(work: Callable[[], Any]) -> str:
    with pytest.raises(ProtocolError) as error:
        work()
    return str(error.value.code)


def state(party: Party, iri: str) -> GrantState:
    row = grants.load_grant_by_iri(party.db, party.iri, iri)
    assert row is not None
    return row.state


def facts(obtained: Document) -> dict[str, Any]:
    return {fact["field"]: fact["value"] for fact in obtained["facts"]}


def log(ada: Party, **options: Any) -> list[Document]:
    items: list[Document] = ada.do(looking_back.list, **options)["items"]
    return items


def salts(party: Party) -> list[str]:
    """Return the salts of the last answers that a party has not forgotten."""
    return [row[0] for row in party.db.conn.execute("SELECT salt FROM answers")]


def everything(party: Party) -> bytes:
    """Return all that a party's journal says, with what is beside it."""
    entries = [canonicalise(dict(each.entry.decision)) for each in journal.entries(party.db)]
    kept = [bytes(row[0]) for row in party.db.conn.execute("SELECT bytes FROM payloads")]
    return b"\n".join(entries + kept)


# --- given and taken ----------------------------------------------------------------------------------------


def test_a_fact_is_given_read_held_and_taken_back(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    given = granted(ada, bikes, agreement, fields=["email", "name"], why="So that it arrives.", uses=5)
    assert (given["fields"], given["purpose"]) == (["email", "name"], "DeliveryOfGoods")
    assert (given["state"], given["read"], given["uses"], given["why"]) == (
        "active", 0, 5, "So that it arrives.",
    )  # fmt: skip
    assert b"So that it arrives." not in canonicalise(last(ada, "grant.given"))
    (entry,) = got(bikes)
    assert (entry["grant"]["iri"], entry["grant"]["why"]) == (given["iri"], "")
    assert [fact["obtained_at"] for fact in entry["facts"]] == [None, None]

    obtained = read(ada, bikes)
    assert facts(obtained) == {"email": "ada@ada.example", "name": "Ada Muster"}
    assert (obtained["serial"], obtained["kept"], obtained["empty"]) == (1, ["email", "name"], [])
    assert facts(got(bikes)[0]) == facts(obtained)
    assert ada.do(giving.show, given["id"])["read"] == 1
    (answered,) = log(ada)
    assert (answered["reader"], answered["code"], answered["serial"]) == (bikes.iri, "", 1)
    assert answered["fields"] == ["email", "name"]
    # Neither end has the values anywhere but where they can be erased.
    assert b"ada@ada.example" in everything(bikes)
    assert (
        answered["digest"]
        == journal.entries_of(bikes.db, bikes.iri, kinds=["disclosure.obtained"])[-1].entry.decision["digest"]
    )

    ada.do(giving.revoke, given["id"])
    assert carry(ada, bikes) == [("grant.revoked", 202)]
    assert ask(ada, bikes, given["iri"]) is None
    assert state(ada, given["iri"]) is state(bikes, given["iri"]) is GrantState.REVOKED
    assert b"ada@ada.example" not in everything(bikes)
    held = got(bikes)[0]["facts"]
    assert [(fact["value"], fact["serial"]) for fact in held] == [(None, 1), (None, 1)]
    assert all(fact["purged_at"] for fact in held)
    for party in (ada, bikes):
        check_journal(party)


def test_what_has_to_be_given_is_given_if_nothing_is_named(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    given = granted(ada, bikes, agreement, fields=[])
    assert given["fields"] == ["email", "name", "streetAddress"]
    # There are two purposes, so which one has to be said; for the other nothing has to be given.
    assert refused(lambda: ada.do(giving.give, agreement=agreement)) == "nothing-granted"
    age = {"agreement": agreement, "purpose": "AgeVerification"}
    assert refused(lambda: ada.do(giving.give, **age)) == "nothing-granted"
    assert ada.do(giving.give, **age, fields=["ageOver18"])["fields"] == ["ageOver18"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"fields": ["birthDate"]}, "wider-than-agreement"),
        ({"fields": ["email", "ageOver18"]}, "wider-than-agreement"),
        ({"purpose": "Marketing"}, "wider-than-agreement"),
        ({"fields": ["shoeSize"]}, "unknown-field"),
        ({"fields": ["serviceData"]}, "unknown-field"),
        ({"purpose": "Fun"}, "unknown-purpose"),
        ({"uses": 0}, "malformed-count"),
        ({"days": -1}, "malformed-days"),
        ({"until": "2026-05-04T12:00:00Z"}, "malformed-time"),
        ({"until": "tomorrow"}, "malformed-time"),
        ({"replaces": "grt_0"}, "unknown-id"),
    ],
)
def test_what_cannot_be_granted_is_not_sent(
    ada: Party, bikes: Party, wanted: dict[str, Any], code: str
) -> None:
    agreement = agree(ada, bikes)
    basic = {"agreement": agreement, "purpose": "DeliveryOfGoods", "fields": ["email"]}
    assert refused(lambda: ada.do(giving.give, **basic | wanted)) == code
    assert not ada.queued()


def test_bounds_that_are_named_narrow_the_agreement_and_never_widen_it(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    end = render_time(ada.clock.now + timedelta(days=9))
    given = granted(ada, bikes, agreement, days=7, uses=2, until=end)
    assert (given["until"], given["uses"]) == (end, 2)
    bounds = {each["leftOperand"].rpartition("/")[2]: each for each in given["permission"][0]["constraint"]}
    assert bounds["elapsedTime"]["rightOperand"] == "P7D"
    longer = granted(ada, bikes, agreement, days=400)
    days = [each["rightOperand"] for each in longer["permission"][0]["constraint"]]
    assert "P30D" in days


def test_only_the_customer_grants_and_only_under_terms_in_force(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    (theirs,) = bikes.do(agreements.list)["items"]
    with pytest.raises(Forbidden, match="not-the-first-party"):
        bikes.do(giving.give, agreement=theirs["id"], purpose="DeliveryOfGoods", fields=["email"])
    ada.do(agreements.end, agreement)
    settle(ada, bikes)
    granted(ada, bikes, agreement)  # it holds until the notice takes effect
    later(ada, days=60)
    wanted = {"agreement": agreement, "purpose": "DeliveryOfGoods", "fields": ["email"]}
    assert refused(lambda: ada.do(giving.give, **wanted)) == "agreement-not-concluded"


def test_without_terms_nothing_is_granted(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes, terms={})
    wanted = {"agreement": agreement, "purpose": "DeliveryOfGoods", "fields": ["email"]}
    assert refused(lambda: ada.do(giving.give, **wanted)) == "no-terms"


def test_as_many_are_active_as_may_be(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    all_given = [granted(ada, bikes, agreement) for _ in range(ACTIVE_LIMIT)]
    wanted = {"agreement": agreement, "purpose": "DeliveryOfGoods", "fields": ["email"]}
    assert refused(lambda: ada.do(giving.give, **wanted)) == "too-many-grants"
    # One more from a node that does not count is refused at the other end.
    activity = last(ada, "grant.given")
    iri = f"{ada.origin}/grants/grt_more"
    more = {"id": f"{ada.origin}/activities/act_more", "object": activity["object"] | {"id": iri}}
    raw = resign(ada, activity, **more)
    assert refused(lambda: bikes.receive(raw, ada)) == "too-many-grants"
    granted(ada, bikes, agreement, replaces=all_given[0]["id"])
    ada.do(giving.revoke, all_given[1]["id"])
    granted(ada, bikes, agreement)


def changed(ada: Party, **changes: Any) -> bytes:
    """Return the last grant with other members, as another activity about another grant, proved again."""
    activity = last(ada, "grant.given")
    object = {**activity["object"], "id": f"{ada.origin}/grants/grt_other", **changes}
    return resign(ada, activity, id=f"{ada.origin}/activities/act_other", object=object)


def wider(ada: Party, change: Callable[[Document], None]) -> bytes:
    grant = parse(canonicalise(last(ada, "grant.given")["object"]))
    change(grant["permission"][0])
    return changed(ada, permission=grant["permission"])


def _bound(permission: Document, operand: str, bound: Any) -> None:
    for each in permission["constraint"]:
        if each["leftOperand"].endswith(operand):
            each["rightOperand"] = bound


@pytest.mark.parametrize(
    "change",
    [
        lambda each: each["fields"].append("http://schema.org/birthDate"),
        lambda each: each["processing"].append("https://w3id.org/dpv#Profiling"),
        lambda each: _bound(each, "elapsedTime", "P31D"),
        lambda each: _bound(each, "purpose", [{"id": "https://w3id.org/dpv#Marketing"}]),
        lambda each: each["constraint"].pop(0),
    ],
    ids=["field", "action", "day", "purpose", "no days"],
)
def test_a_grant_that_is_wider_than_agreed_is_not_taken(
    ada: Party, bikes: Party, change: Callable[[Document], None]
) -> None:
    granted(ada, bikes, agree(ada, bikes))
    raw = wider(ada, change)
    assert refused(lambda: bikes.receive(raw, ada)) in {"wider-than-agreement", "retention-required"}
    assert len(got(bikes)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"delivery": "once"}, "delivery-unsupported"),
        ({"delivery": "push"}, "delivery-unsupported"),
        ({"delivery": "always"}, "unknown-delivery"),
        ({"agreement": "https://ada.example/agreements/agr_0"}, "unknown-agreement"),
        ({"agreementDigest": "zQmWrong"}, "digest-mismatch"),
        ({"assignee": "https://wheels.example/actors/wheels"}, "not-the-second-party"),
        ({"id": "https://elsewhere.example/grants/grt_1"}, "wrong-origin"),
        ({"published": "2026-05-04T12:03:00Z"}, "dated-ahead"),
        ({"supersedes": "https://ada.example/grants/grt_0"}, "unknown-grant"),
    ],
)
def test_a_grant_that_does_not_fit_is_not_taken(
    ada: Party, bikes: Party, changes: dict[str, Any], code: str
) -> None:
    granted(ada, bikes, agree(ada, bikes))
    raw = changed(ada, **changes)
    assert refused(lambda: bikes.receive(raw, ada)) == code
    assert len(got(bikes)) == 1


def test_a_grant_is_by_the_customer_with_a_proof(ada: Party, bikes: Party, wheels: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes))
    activity = last(ada, "grant.given")
    bare = {name: value for name, value in activity.items() if name != "proof"}
    bare["id"] = f"{ada.origin}/activities/act_bare"
    assert refused(lambda: bikes.receive(canonicalise(bare), ada)) == "proof-required"
    # By the business for itself, at the customer; by a third one, at the business.
    object = activity["object"] | {"id": f"{bikes.origin}/grants/grt_1"}
    own = {"id": f"{bikes.origin}/activities/act_own", "actor": bikes.iri, "to": [ada.iri]}
    mine = resign(bikes, activity, **own, object=object | {"assigner": bikes.iri, "attributedTo": bikes.iri})
    assert refused(lambda: ada.receive(mine, bikes)) == "not-the-first-party"
    third = {"id": f"{wheels.origin}/activities/act_1", "actor": wheels.iri}
    object |= {"id": f"{wheels.origin}/grants/grt_1", "assigner": wheels.iri, "attributedTo": wheels.iri}
    theirs = resign(wheels, activity, **third, object=object)
    assert refused(lambda: bikes.receive(theirs, wheels)) == "not-the-first-party"
    # The same grant in another activity is no news; with other words it is refused.
    again = resign(ada, activity, id=f"{ada.origin}/activities/act_again")
    assert bikes.receive(again, ada) == 200
    other = activity["object"] | {"salt": "BBBBBBBBBBBBBBBBBBBBBA"}
    raw = resign(ada, activity, id=f"{ada.origin}/activities/act_2", object=other)
    assert refused(lambda: bikes.receive(raw, ada)) == "id-reused"
    assert [entry["grant"]["iri"] for entry in got(bikes)] == [given["iri"]]


def test_what_the_business_does_not_take_is_over(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    given = ada.do(giving.give, agreement=agreement, purpose="DeliveryOfGoods", fields=["email"])
    bikes.db.conn.execute("UPDATE agreements SET state = 'ended'")
    assert carry(ada, bikes) == [("grant.given", 409)]
    assert state(ada, given["iri"]) is GrantState.ENDED
    assert ask(ada, bikes, given["iri"]) is None
    check_journal(ada)


def test_what_may_be_stored_up_to_a_moment_goes_then_and_is_not_kept_after_it(
    ada: Party, bikes: Party
) -> None:
    first = granted(ada, bikes, agree(ada, bikes))
    answer = parse(ask(ada, bikes, first["iri"]) or b"")

    def receive(name: str, days: int, **changes: Any) -> Callable[[int], list[str]]:
        """Let a grant arrive that lets be stored for so many days from now; return how something is read."""
        (whole,) = parse(canonicalise(last(ada, "grant.given")["object"]))["permission"]
        *others, store = (each for each in whole["processing"] if not each.endswith("Use"))
        end = {
            "type": "Constraint",
            "leftOperand": "http://www.w3.org/ns/odrl/2/dateTime",
            "operator": "http://www.w3.org/ns/odrl/2/lt",
            "rightOperand": render_time(bikes.clock.now + timedelta(days=days)),
        }
        stores = {**whole, "processing": [store], "constraint": [*whole["constraint"], end]}
        activity = last(ada, "grant.given")
        permission = [{**whole, "processing": others}, stores]
        iri = f"{ada.origin}/grants/{name}"
        object = {**activity["object"], "id": iri, "permission": permission, **changes}
        bikes.receive(resign(ada, activity, id=f"{ada.origin}/activities/{name}", object=object), ada)
        row = grants.load_grant_by_iri(bikes.db, bikes.iri, iri)
        assert row is not None

        def keep(serial: int) -> list[str]:
            told = {**answer, "grant": iri, "grantDigest": row.digest, "id": f"{iri}/data", "serial": serial}
            kept: list[str] = bikes.do(holding.keep, row.id, f"{iri}/data", told)["kept"]
            return kept

        return keep

    read_again, now = receive("grt_two", 2), bikes.clock.now
    assert read_again(1) == ["email"]
    assert got(bikes)[0]["facts"][0]["purge_due"] == render_time(now + timedelta(days=2))
    bikes.clock.pass_time(days=1)
    receive("grt_one", 0, supersedes=f"{ada.origin}/grants/grt_two")
    newest, before = got(bikes)[:2]
    assert (facts(newest), facts(before)) == ({"email": None}, {"email": None})  # nothing went over
    late = receive("grt_late", 3)
    bikes.clock.pass_time(days=3)
    assert late(1) == []
    assert b"ada@ada.example" not in everything(bikes)
    check_journal(bikes)


def test_what_was_answered_before_it_was_refused_is_forgotten(ada: Party, bikes: Party) -> None:
    given = ada.do(giving.give, agreement=agree(ada, bikes), purpose="DeliveryOfGoods", fields=["email"])
    assert ask(ada, bikes, given["iri"]) is not None
    assert salts(ada)
    _by_a_proxy(ada, bikes, given)
    assert not salts(ada)


# --- replaced, and over -------------------------------------------------------------------------------------


def test_a_grant_is_replaced_and_what_both_name_is_carried_over(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    first = granted(ada, bikes, agreement, fields=["email", "name"])
    read(ada, bikes)
    second = granted(ada, bikes, agreement, fields=["name", "streetAddress"], replaces=first["id"], days=5)
    for party in (ada, bikes):
        assert state(party, first["iri"]) is GrantState.SUPERSEDED
        check_journal(party)
    newest, before = got(bikes)
    assert newest["grant"]["iri"] == second["iri"]
    assert facts(newest) == {"name": "Ada Muster", "streetAddress": None}
    assert newest["facts"][0]["purge_due"] == render_time(bikes.clock.now + timedelta(days=5))
    assert facts(before) == {"email": None, "name": None}
    assert b"ada@ada.example" not in everything(bikes)
    assert ask(ada, bikes, first["iri"]) is None
    wanted = {"agreement": agreement, "purpose": "DeliveryOfGoods", "fields": ["email"]}
    assert refused(lambda: ada.do(giving.give, **wanted, replaces=first["id"])) == "grant-over"
    raw = changed(ada, supersedes=first["iri"])
    assert refused(lambda: bikes.receive(raw, ada)) == "grant-over"


def test_what_was_to_be_replaced_in_vain_is_replaced_again_or_taken_back(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    first = granted(ada, bikes, agreement, fields=["email", "name"])
    read(ada, bikes)
    wanted = {"agreement": agreement, "purpose": "DeliveryOfGoods", "fields": ["name"]}
    for _ in range(2):
        refused_one = ada.do(giving.give, **wanted, replaces=first["id"])
        (row,) = ada.queued()
        ada.write(
            lambda db, row=row: deliveries.refused(
                db, row, now=ada.clock.now, record=ada.residents.record, status=404, detail="a proxy"
            )
        )
        assert state(ada, refused_one["iri"]) is GrantState.ENDED
        assert state(ada, first["iri"]) is GrantState.SUPERSEDED
        ada.clock.pass_time(seconds=1)
    second = granted(ada, bikes, agreement, fields=["name"], replaces=first["id"])
    assert state(bikes, first["iri"]) is GrantState.SUPERSEDED
    assert b"ada@ada.example" not in everything(bikes)
    assert refused(lambda: ada.do(giving.give, **wanted, replaces=first["id"])) == "grant-over"
    for each in (first, second):
        ada.do(giving.revoke, each["id"])
    settle(ada, bikes)
    for party in (ada, bikes):
        assert state(party, first["iri"]) is state(party, second["iri"]) is GrantState.REVOKED
        check_journal(party)
    assert b"Ada Muster" not in everything(bikes)


def _by_a_proxy(ada: Party, bikes: Party, given: Document) -> None:
    """The business took it, and a proxy said that it is not there."""
    bikes.receive(canonicalise(last(ada, "grant.given")), ada)
    (row,) = ada.queued()
    ada.write(
        lambda db: deliveries.refused(
            db, row, now=ada.clock.now, record=ada.residents.record, status=404, detail="a proxy"
        )
    )


def _last_answer_lost(ada: Party, bikes: Party, given: Document) -> None:
    settle(ada, bikes)
    assert ask(ada, bikes, given["iri"]) is not None


def _past_its_end(ada: Party, bikes: Party, given: Document) -> None:
    settle(ada, bikes)
    later(ada, days=2)


@pytest.mark.parametrize(
    ("way", "over"),
    [
        (_by_a_proxy, GrantState.ENDED),
        (_last_answer_lost, GrantState.EXHAUSTED),
        (_past_its_end, GrantState.EXPIRED),
    ],
)
def test_what_is_over_here_and_not_there_is_taken_back(
    ada: Party, bikes: Party, way: Callable[[Party, Party, Document], None], over: GrantState
) -> None:
    wanted = {"purpose": "DeliveryOfGoods", "fields": ["email"], "uses": 1}
    until = render_time(ada.clock.now + timedelta(days=1))
    given = ada.do(giving.give, agreement=agree(ada, bikes), **wanted, until=until)
    way(ada, bikes, given)
    assert state(ada, given["iri"]) is over
    assert state(bikes, given["iri"]) is GrantState.ACTIVE
    ada.do(giving.revoke, given["id"])
    settle(ada, bikes)
    assert state(ada, given["iri"]) is state(bikes, given["iri"]) is GrantState.REVOKED
    assert refused(lambda: ada.do(giving.revoke, given["id"])) == "grant-over"
    for party in (ada, bikes):
        check_journal(party)


@pytest.mark.parametrize("blocked_first", [True, False])
def test_who_is_blocked_erases_what_was_taken_back(ada: Party, bikes: Party, blocked_first: bool) -> None:
    given = granted(ada, bikes, agree(ada, bikes))
    read(ada, bikes)
    steps = [lambda: ada.do(giving.revoke, given["id"]), lambda: ada.do(peers.block, bikes.iri)]
    for step in reversed(steps) if blocked_first else steps:
        step()
    assert carry(ada, bikes) == [("grant.revoked", 202)]
    assert state(bikes, given["iri"]) is GrantState.REVOKED
    assert b"ada@ada.example" not in everything(bikes)
    check_journal(ada)


def test_who_is_blocked_gets_what_narrows_a_grant_and_no_new_one(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    first = granted(ada, bikes, agreement, fields=["email", "name"])
    read(ada, bikes)
    wanted = {"agreement": agreement, "purpose": "DeliveryOfGoods", "fields": ["name"]}
    narrower = ada.do(giving.give, **wanted, replaces=first["id"])
    other = ada.do(giving.give, **wanted)
    ada.do(peers.block, bikes.iri)
    assert carry(ada, bikes) == [("grant.given", 202)]
    assert state(bikes, first["iri"]) is GrantState.SUPERSEDED
    assert b"ada@ada.example" not in everything(bikes)
    assert state(ada, narrower["iri"]) is GrantState.ACTIVE
    assert state(ada, other["iri"]) is GrantState.ENDED
    check_journal(ada)


def test_who_blocks_a_customer_keeps_nothing_of_them(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    granted(ada, bikes, agreement, fields=["name"], uses=1)
    read(ada, bikes)
    granted(ada, bikes, agreement, fields=["email"])
    read(ada, bikes)
    assert [entry["grant"]["state"] for entry in got(bikes)] == ["active", "exhausted"]
    bikes.do(peers.block, ada.iri)
    assert [entry["grant"]["state"] for entry in got(bikes)] == ["ended", "exhausted"]
    assert [facts(entry) for entry in got(bikes)] == [{"email": None}, {"name": None}]
    for value in (b"ada@ada.example", b"Ada Muster"):
        assert value not in everything(bikes)
    check_journal(bikes)


def test_who_blocks_a_customer_keeps_what_others_gave(ada: Party, bikes: Party, wheels: Party) -> None:
    granted(ada, bikes, agree(ada, bikes))
    read(ada, bikes)
    meet(bikes, wheels)
    bikes.do(peers.block, wheels.iri)
    assert got(bikes)[0]["grant"]["state"] == "active"
    assert facts(got(bikes)[0]) == {"email": "ada@ada.example"}


def test_what_is_taken_back_is_over_at_once(ada: Party, bikes: Party, wheels: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes))
    (theirs,) = got(bikes)
    with pytest.raises(Forbidden, match="not-yours"):
        bikes.do(giving.revoke, theirs["grant"]["id"])
    ada.do(giving.revoke, given["id"])
    assert refused(lambda: ada.do(giving.revoke, given["id"])) == "grant-over"
    # While the word is on its way nothing is answered; what the business has it does not know to be over.
    assert ask(ada, bikes, given["iri"]) is None
    assert state(bikes, given["iri"]) is GrantState.ACTIVE
    activity = last(ada, "grant.revoked")
    another = resign(ada, activity, id=f"{ada.origin}/activities/act_1", digestMultibase="zQmWrong")
    assert refused(lambda: bikes.receive(another, ada)) == "digest-mismatch"
    stranger = resign(wheels, activity, id=f"{wheels.origin}/activities/act_1", actor=wheels.iri)
    assert refused(lambda: bikes.receive(stranger, wheels)) == "unknown-grant"
    tombstone = activity["object"] | {"id": f"{ada.origin}/grants/grt_none"}
    unknown = resign(ada, activity, id=f"{ada.origin}/activities/act_2", object=tombstone)
    assert refused(lambda: bikes.receive(unknown, ada)) == "unknown-grant"
    bare = {name: value for name, value in activity.items() if name != "proof"}
    bare["id"] = f"{ada.origin}/activities/act_3"
    assert refused(lambda: bikes.receive(canonicalise(bare), ada)) == "proof-required"
    settle(ada, bikes)
    assert state(bikes, given["iri"]) is GrantState.REVOKED
    again = resign(ada, activity, id=f"{ada.origin}/activities/act_4")
    assert bikes.receive(again, ada) == 200


def test_the_end_is_a_second_and_not_one_more(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    end = ada.clock.now + timedelta(hours=2)
    given = granted(ada, bikes, agreement, until=render_time(end))
    read(ada, bikes)
    ada.clock.now = end - timedelta(microseconds=1)
    assert ask(ada, bikes, given["iri"]) is not None
    ada.clock.now = end
    assert ask(ada, bikes, given["iri"]) is None  # no clock has ticked
    assert state(ada, given["iri"]) is GrantState.ACTIVE
    assert refused(lambda: bikes.do(holding.readable, got(bikes)[0]["grant"]["id"])) == "grant-over"
    for party in (ada, bikes):
        party.tick()
        assert state(party, given["iri"]) is GrantState.EXPIRED
        check_journal(party)
    assert b"ada@ada.example" not in everything(bikes)
    late = changed(ada)
    assert refused(lambda: bikes.receive(late, ada)) == "grant-over"


def test_whose_actor_is_not_here_is_not_waited_for(
    ada: Party, bikes: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "_STEP", 1)
    agreement = agree(ada, bikes)
    until = render_time(ada.clock.now + timedelta(hours=1))
    first, second = (granted(ada, bikes, agreement, until=until) for _ in range(2))
    ada.clock.pass_time(hours=1)
    away = replace(ada.residents, owners={})
    assert not ada.write(lambda db: ending.CLOCK.turn(db, away, ada.clock.now))
    assert state(ada, first["iri"]) is state(ada, second["iri"]) is GrantState.ACTIVE
    turns = [ada.write(lambda db: ending.CLOCK.turn(db, ada.residents, ada.clock.now)) for _ in range(3)]
    assert turns == [True, True, False]
    assert state(ada, first["iri"]) is state(ada, second["iri"]) is GrantState.EXPIRED


def test_a_grant_ends_with_its_agreement(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    given = granted(ada, bikes, agreement)
    ada.do(agreements.end, agreement)
    settle(ada, bikes)
    ada.clock.now += timedelta(days=25)
    read(ada, bikes)  # it could be kept for thirty days, if there was an agreement for so long
    ada.clock.now += timedelta(days=10)
    assert ask(ada, bikes, given["iri"]) is None  # by its date, whatever has been noted
    assert log(ada)[0]["code"] == "agreement-over"
    for party in (ada, bikes):
        party.tick()
        party.follow(*followers())
        assert state(party, given["iri"]) is GrantState.ENDED
        check_journal(party)
    assert b"ada@ada.example" not in everything(bikes)


def followers() -> list[Any]:
    from node.services.grants.ending import FOLLOWER

    return [FOLLOWER]


def test_a_grant_ends_where_another_agreement_takes_the_place_of_its_own(ada: Party, bikes: Party) -> None:
    agreement = agree(ada, bikes)
    given = granted(ada, bikes, agreement)
    ada.do(agreements.amend, agreement, {"content": "In blue."})
    settle(ada, bikes)
    (waiting,) = [item for item in bikes.do(offers.list)["items"] if item["state"] == "offered"]
    bikes.do(offers.accept, waiting["id"])
    settle(ada, bikes)
    (accepted,) = [each for each in ada.do(agreements.list)["items"] if each["state"] == "accepted"]
    ada.do(agreements.countersign, accepted["id"])
    settle(ada, bikes)
    assert ask(ada, bikes, given["iri"]) is None
    for party in (ada, bikes):
        party.follow(*followers())
        assert state(party, given["iri"]) is GrantState.ENDED
        check_journal(party)
    raw = changed(ada)
    assert refused(lambda: bikes.receive(raw, ada)) == "agreement-not-concluded"


# --- read ---------------------------------------------------------------------------------------------------


def test_who_is_not_answered_gets_nothing_and_is_on_record(ada: Party, bikes: Party, wheels: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes), fields=["email"])
    meet(ada, wheels)
    tries: list[tuple[str, Any]] = [
        ("not-theirs", {"by": wheels}),
        ("not-theirs", {"by": ada}),
        ("unknown-field", {"name": "nosuch"}),
        ("unknown-field", {"name": "EMAIL"}),
        ("field-not-granted", {"name": "birthDate"}),
        ("field-not-granted", {"name": "name"}),
        ("query", {"has_query": True}),
        ("unknown-grant", {"iri": f"{ada.origin}/grants/grt_none"}),
    ]
    before = journal.head(ada.db, ada.iri).place
    for code, options in tries:
        assert ask(ada, **{"by": bikes, "iri": given["iri"], **options}) is None
        assert log(ada)[0]["code"] == code
    assert journal.head(ada.db, ada.iri).place == before + len(tries)  # one entry each, whatever it was
    ada.do(peers.block, bikes.iri)
    assert ask(ada, bikes, given["iri"]) is None
    assert log(ada)[0]["code"] == "blocked"
    assert len(log(ada, grant=given["id"])) == len(tries)  # but for that of no grant
    check_journal(ada)


def test_a_request_is_answered_once(ada: Party, bikes: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes))
    asking = request(ada, bikes, given["iri"])
    assert ask(ada, bikes, given["iri"], signature=asking.signature) is not None
    with pytest.raises(Unauthenticated, match="replay"):
        ask(ada, bikes, given["iri"], signature=asking.signature)


def test_the_same_asked_again_soon_is_the_same_and_counts_once(ada: Party, bikes: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes), fields=["email", "name"])
    first = ask(ada, bikes, given["iri"])
    ada.clock.pass_time(seconds=59)
    assert ask(ada, bikes, given["iri"]) == first
    assert ada.do(giving.show, given["id"])["read"] == 1
    one = parse(ask(ada, bikes, given["iri"], "email") or b"")
    assert one["serial"] == 2  # another address is another answer
    ada.do(profiles.set, profiles.prepare(ada.acting, PROFILE | {"name": "Ada M."}))
    changed_now = parse(ask(ada, bikes, given["iri"]) or b"")
    assert changed_now["serial"] == 3
    assert changed_now["additionalProperty"][1]["value"] == "Ada M."
    ada.clock.pass_time(seconds=60)
    assert parse(ask(ada, bikes, given["iri"]) or b"")["serial"] == 4
    assert [each["serial"] for each in log(ada)] == [4, 3, 2, 1, 1]


def test_the_last_reading_uses_it_up(ada: Party, bikes: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes), fields=["email", "name"], uses=2)
    read(ada, bikes, "email")
    due = got(bikes)[0]["facts"][0]["purge_due"]
    assert due == render_time(bikes.clock.now + timedelta(days=30))
    read(ada, bikes)
    for party in (ada, bikes):
        assert state(party, given["iri"]) is GrantState.EXHAUSTED
        check_journal(party)
    assert ask(ada, bikes, given["iri"]) is None  # not even the same again
    assert not salts(ada)
    # What was read goes within the days that the agreement gives to delete.
    assert {fact["purge_due"] for fact in got(bikes)[0]["facts"]} == {
        render_time(bikes.clock.now + timedelta(days=10))
    }
    bikes.clock.pass_time(days=10)
    bikes.tick()
    assert facts(got(bikes)[0]) == {"email": None, "name": None}
    assert b"Ada Muster" not in everything(bikes)
    check_journal(bikes)


def test_what_is_refused_again_and_again_is_counted(ada: Party, bikes: Party, wheels: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes))
    for _ in range(LISTED_IN_AN_HOUR + 5):
        assert ask(ada, bikes, given["iri"], "birthDate") is None
    shown = ada.do(looking_back.list)
    assert shown["unlisted"] == 5
    # Whom it was not given to shares one measure with all others, and takes nobody else's.
    for _ in range(LISTED_IN_AN_HOUR + 1):
        assert ask(ada, wheels, given["iri"]) is None
    assert ada.do(looking_back.list)["unlisted"] == 6
    wheels.do(peers.follow, ada.owner.actor)  # to be a peer is to have said something once
    assert carry(wheels, ada) == [("follow", 202)]
    assert ask(ada, wheels, given["iri"]) is None
    assert ask(ada, bikes, f"{ada.origin}/grants/grt_0") is None
    assert ada.do(looking_back.list)["unlisted"] == 8
    listed = journal.entries_of(ada.db, ada.iri, kinds=["access.refused"])
    assert len(listed) == 2 * LISTED_IN_AN_HOUR
    ada.clock.pass_time(hours=1)
    assert ask(ada, bikes, given["iri"], "birthDate") is None
    assert log(ada)[0]["reader"] == bikes.iri
    assert ask(ada, bikes, given["iri"]) is not None


def test_who_reads_without_end_waits_and_uses_up_nothing_meanwhile(ada: Party, bikes: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes), uses=5)
    (kept,) = ada.db.conn.execute("SELECT max(bytes) FROM quotas").fetchone()
    ada.limits = replace(LIMITS, quotas=replace(LIMITS.quotas, partner=int(kept) + 5 * LEAST_BYTES - 1))
    for _ in range(5):  # within the minute the same again, which does not count and is on record
        assert ask(ada, bikes, given["iri"]) is not None
    late = request(ada, bikes, given["iri"])
    with pytest.raises(QuotaSpent) as error:
        ada.write(lambda db: reading.answer(db, ada.residents, late))
    assert error.value.retry_seconds >= 60
    for _ in range(2):
        ada.write(lambda db: reading.put_off(db, ada.residents, late, error.value))
    told = journal.entries_of(ada.db, ada.iri, kinds=["quota.spent"])
    assert [each.entry.decision["sender"] for each in told] == [bikes.iri]
    assert len(log(ada)) == 5
    assert ada.do(giving.show, given["id"])["read"] == 1
    with pytest.raises(Unauthenticated, match="replay"):  # what was put off was used all the same
        ada.write(lambda db: reading.answer(db, ada.residents, late))
    assert ask(ada, bikes, f"{ada.origin}/grants/grt_0") is None  # what is not there is still the one answer
    ada.clock.pass_time(days=10)
    assert parse(ask(ada, bikes, given["iri"]) or b"")["serial"] == 2
    check_journal(ada)


def test_of_a_key_no_more_is_kept_than_what_the_reader_does_not_say(ada: Party, bikes: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes))
    elsewhere = "https://keys.example/main-key"
    ask(ada, bikes, given["iri"])
    ask(ada, bikes, given["iri"], "birthDate", key=f"{bikes.iri}#main-key")
    ask(ada, bikes, given["iri"], "name", key=elsewhere)
    assert [each["key"] for each in log(ada)] == [elsewhere, f"{bikes.iri}#main-key", bikes.owner.rsa.id]
    entries = journal.entries_of(ada.db, ada.iri, kinds=["access.answered", "access.refused"])
    kept = sorted(each.entry.decision["key"] for each in entries)
    assert kept == sorted(["#main-key", elsewhere, bikes.owner.rsa.id.removeprefix(bikes.iri)])


def test_the_log_is_read_page_by_page(ada: Party, bikes: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes))
    for _ in range(5):
        ask(ada, bikes, given["iri"], "name")
    seen, cursor = 0, None
    while True:
        page = ada.do(looking_back.list, cursor=cursor, limit=2)
        seen, cursor = seen + len(page["items"]), page["next"]
        if cursor is None:
            break
    assert seen == 5
    assert refused(lambda: ada.do(looking_back.list, cursor="x")) == "unknown-cursor"


def test_a_grant_is_shown_to_whom_it_was_given(ada: Party, bikes: Party, wheels: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes))
    asking = Asked(iri=given["iri"], actors=(ada.iri,), reader=bikes.reader)
    found = ada.write(lambda db: find_grant(db, asking))
    assert found is not None
    assert digest_of({name: value for name, value in found.items() if name != "@context"}) == digest_of(
        last(ada, "grant.given")["object"]
    )
    for other in (replace(asking, reader=wheels.reader), replace(asking, reader=None)):
        assert ada.write(lambda db, other=other: find_grant(db, other)) is None
    theirs = replace(asking, iri=f"{ada.origin}/grants/grt_none")
    assert ada.write(lambda db: find_grant(db, theirs)) is None


# --- held ---------------------------------------------------------------------------------------------------


def answer_of(ada: Party, bikes: Party, **changes: Any) -> Callable[[], Any]:
    """Read, change something of the answer, and let the business keep it."""
    grant = got(bikes)[0]["grant"]
    row, address = bikes.do(holding.readable, grant["id"])
    answer = parse(ask(ada, bikes, row.iri) or b"") | changes
    return lambda: bikes.do(holding.keep, grant["id"], address, answer)


BIRTH = {"type": "PropertyValue", "propertyID": "http://schema.org/birthDate", "value": "1990-05-05"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"proof": {"type": "DataIntegrityProof"}}, "proof-forbidden"),
        ({"additionalProperty": [BIRTH]}, "field-not-granted"),
        ({"grant": "https://ada.example/grants/grt_0"}, "digest-mismatch"),
        ({"grantDigest": "zQmWrong"}, "digest-mismatch"),
        ({"agreementDigest": "zQmWrong"}, "digest-mismatch"),
        ({"attributedTo": "https://wheels.example/actors/wheels"}, "parties-mismatch"),
        ({"to": ["https://wheels.example/actors/wheels"]}, "parties-mismatch"),
        ({"id": "https://ada.example/grants/grt_0/data"}, "wrong-object"),
        ({"serial": 0}, "malformed-count"),
    ],
)
def test_an_answer_that_is_not_of_the_grant_is_not_kept(
    ada: Party, bikes: Party, changes: dict[str, Any], code: str
) -> None:
    granted(ada, bikes, agree(ada, bikes))
    assert refused(answer_of(ada, bikes, **changes)) == code
    assert facts(got(bikes)[0]) == {"email": None}
    assert not journal.entries_of(bikes.db, bikes.iri, kinds=["disclosure.obtained", "value.held"])


def test_an_answer_counts_on_and_the_same_again_is_no_news(ada: Party, bikes: Party) -> None:
    granted(ada, bikes, agree(ada, bikes), fields=["email", "name"])
    for _ in range(2):
        obtained = read(ada, bikes)
        assert (obtained["serial"], facts(obtained)["email"]) == (1, "ada@ada.example")
    assert len(journal.entries_of(bikes.db, bikes.iri, kinds=["disclosure.obtained"])) == 1
    assert read(ada, bikes, "email")["serial"] == 2
    assert read(ada, bikes)["serial"] == 1  # the same as before, a moment later
    email = [BIRTH | {"propertyID": "http://schema.org/email", "value": "eve@eve.example"}]
    assert refused(answer_of(ada, bikes, additionalProperty=email)) == "serial-not-new"
    assert facts(got(bikes)[0])["email"] == "ada@ada.example"
    check_journal(bikes)


def test_what_is_read_anew_takes_the_place_of_what_was(ada: Party, bikes: Party) -> None:
    granted(ada, bikes, agree(ada, bikes))
    read(ada, bikes)
    ada.do(profiles.set, profiles.prepare(ada.acting, PROFILE | {"email": "new@ada.example"}))
    bikes.clock.pass_time(days=20)
    assert facts(read(ada, bikes)) == {"email": "new@ada.example"}
    assert b"ada@ada.example" not in everything(bikes)
    assert payloads.has_purges(bikes.db)
    bikes.clock.pass_time(days=29)
    bikes.tick()
    assert facts(got(bikes)[0]) == {"email": "new@ada.example"}  # counted from when it was read anew
    bikes.clock.pass_time(days=1)
    bikes.tick()
    assert facts(got(bikes)[0]) == {"email": None}
    check_journal(bikes)


def test_what_the_customer_emptied_is_not_held_any_longer(ada: Party, bikes: Party) -> None:
    granted(ada, bikes, agree(ada, bikes), fields=["email", "name", "streetAddress"])
    read(ada, bikes)
    ada.do(profiles.set, profiles.prepare(ada.acting, {"name": "Ada Muster"}))
    bikes.clock.pass_time(minutes=2)
    assert facts(read(ada, bikes, "email")) == {}  # of the street nothing was asked
    shown = got(bikes)[0]["facts"]
    assert [(fact["field"], bool(fact["value"]), bool(fact["purged_at"])) for fact in shown] == [
        ("email", False, True),
        ("name", True, False),
        ("streetAddress", True, False),
    ]
    assert b"ada@ada.example" not in everything(bikes)
    read(ada, bikes)
    assert b"Gasse 1" not in everything(bikes)
    check_journal(bikes)


def test_what_may_not_be_stored_is_shown_once(ada: Party, bikes: Party) -> None:
    granted(ada, bikes, agree(ada, bikes), purpose="AgeVerification", fields=["ageOver18"])
    obtained = read(ada, bikes)
    assert (facts(obtained), obtained["kept"]) == ({"ageOver18": True}, [])
    assert facts(got(bikes)[0]) == {"ageOver18": None}
    assert b"1990" not in everything(bikes)


def test_what_the_customer_has_no_value_for_is_left_out(ada: Party, bikes: Party) -> None:
    granted(ada, bikes, agree(ada, bikes), fields=["email", "streetAddress"])
    ada.do(profiles.set, profiles.prepare(ada.acting, {"name": "Ada", "email": "ada@ada.example"}))
    obtained = read(ada, bikes)
    assert (facts(obtained), obtained["empty"]) == ({"email": "ada@ada.example"}, ["streetAddress"])


def test_what_ended_while_it_was_read_is_not_kept(ada: Party, bikes: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes))
    keep = answer_of(ada, bikes)
    ada.do(giving.revoke, given["id"])
    settle(ada, bikes)
    assert refused(keep) == "grant-over"
    assert b"ada@ada.example" not in everything(bikes)


def test_what_one_gave_is_not_for_oneself_to_read(ada: Party, bikes: Party) -> None:
    given = granted(ada, bikes, agree(ada, bikes))
    with pytest.raises(Forbidden, match="not-yours"):
        ada.do(holding.readable, given["id"])
    theirs = got(bikes)[0]["grant"]["id"]
    with pytest.raises(Unprocessable, match="field-not-granted"):
        bikes.do(holding.readable, theirs, "birthDate")
    with pytest.raises(Conflict, match="nothing-granted"):
        ada.do(giving.give, agreement=given["agreement"])


def test_terms_with_one_purpose_need_none_named(ada: Party, bikes: Party) -> None:
    stated = {"policy": asked()}
    stated["policy"]["permission"] = stated["policy"]["permission"][:1]
    agreement = agree(ada, bikes, terms=stated)
    assert ada.do(giving.give, agreement=agreement)["purpose"] == "DeliveryOfGoods"
