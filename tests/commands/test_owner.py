"""The verbs by which an owner looks after the node itself, typed against real nodes."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from sqlite_utils import Database

from node.folder import DATABASE_NAME
from tests.commands.nodes import Node, Run, running, started, until

# --- the node ----------------------------------------------------------------------------------------


def test_the_node_says_who_it_is(ada: Run, customer: Node) -> None:
    assert f"iri      {customer.actor}" in ada("node", "status").out
    assert ada("node", "status", "--actor", "ada", "--json").json["handle"] == "ada"
    assert ada("node", "status", "--actor", "nobody").code == 3


def test_what_was_refused_is_listed(velo: Run) -> None:
    assert velo("node", "refusals").code == 0


def test_what_happens_is_watched_as_it_happens(ada: Run, customer: Node) -> None:
    with started("node", "watch", "--count", "2", "--data", str(customer.folder)) as watcher:
        changes = 0
        while watcher.poll() is None:
            changes += 1
            assert ada("profile", "set", f"name=Ada {changes}").code == 0
            assert changes < 200, "the watcher saw nothing"
        lines = watcher.communicate()[0].splitlines()
    assert [line.split()[1] for line in lines] == ["profile", "profile"]
    assert ada("node", "watch", "--for", "0 s").out == ""


def test_the_journal_is_verified_shown_and_replayed(ada: Run) -> None:
    ada("profile", "set", "name=Ada")
    shown = ada("journal", "show", "--limit", "1", "--json").items
    assert shown[0]["place"] == 1
    assert ada("journal", "show", "--after", "1", "--limit", "1", "--json").items[:1] != shown
    verified = ada("journal", "verify")
    assert re.match(r"  All [\d,]+ entries hold\.", verified.out)
    assert ada("journal", "verify", "--offline", "--json").json["ok"] is True
    assert "the same as before" in ada("journal", "rebuild", "--yes").out
    rehearsed = ada("journal", "rebuild", "--dry-run", "--json").json
    assert (rehearsed["path"], rehearsed["answer"]["unchanged"]) == ("/journal/rebuild", True)


@pytest.mark.slow
def test_a_rebuild_that_comes_out_different_names_the_places(run: Run, tmp_path: Path) -> None:
    with running(tmp_path / "n", "eve") as node:
        at = ("--data", node.folder)
        assert (
            run("intention", "cast", "--what", "x", "--currency", "EUR", "--to", "public", "--yes", *at).code
            == 0
        )
        with closing(Database(node.folder / DATABASE_NAME)) as db, db.atomic():
            db.execute("UPDATE intentions SET place = 'elsewhere'")
        shown = run("journal", "rebuild", "--yes", *at)
        assert "different from before in one place" in shown.out
        assert [line.split()[0] for line in shown.out.splitlines()[1:]] == ["TABLE", "intentions"]
        assert shown.out.rstrip().endswith("place")
        assert "the same as before" in run("journal", "rebuild", "--yes", *at).out


@pytest.mark.slow
def test_what_an_entry_came_with_is_erased_after_it_was_shown(run: Run, tmp_path: Path) -> None:
    with running(tmp_path / "m", "mia", "--name", "Mia") as node:
        mia = ("--data", node.folder)
        for name in ("Mia Wallace", "Mia"):
            assert run("profile", "set", f"name={name}", "--yes", *mia).code == 0
        shown = run("journal", "show", "--json", *mia).json["items"]
        place = next(item["place"] for item in shown if item["kind"] == "profile")
        asked = run("journal", "purge", place, "--why", "an old name", *mia, typed="n\n")
        assert (asked.code, "for ever?" in asked.err, "profile" in asked.err) == (1, True, True)
        purged = run("journal", "purge", place, "--why", "an old name", "--yes", *mia)
        assert (purged.code, purged.out) == (0, "  Erased 1 payload of 1 entry.\n")
        assert run("journal", "purge", place, "--why", "again", "--yes", *mia).code == 3
        assert "Bytes of 1 of them were erased" in run("journal", "verify", *mia).out


@pytest.mark.slow
def test_keys_are_listed_exported_and_replaced(run: Run, tmp_path: Path) -> None:
    with running(tmp_path / "k", "kim") as node:
        at = ("--data", node.folder)
        before = run("key", "list", *at, "--json").items
        assert {key["algorithm"] for key in before} == {"rsa", "ed25519"}
        assert "in use" in run("key", "list", *at).out
        exported = json.loads(run("key", "export-public", *at).out)["keys"]
        assert "PRIVATE" not in json.dumps(exported)
        assert [key["id"] for key in exported] == [key["id"] for key in before]
        asked = run("key", "rotate", "--revoke", *at, typed="n\n")
        assert (asked.code, "revoke the old ones" in asked.err) == (1, True)
        rotated = run("key", "rotate", *at, "--yes", "--json").items
        assert len(rotated) > len(before)
        assert run("key", "export-public", "--out", tmp_path / "keys.json", *at).code == 0
    kept = json.loads((tmp_path / "keys.json").read_text(encoding="utf-8"))["keys"]
    assert len(kept) == len(rotated)


# --- programs ----------------------------------------------------------------------------------------


def test_a_calendar_is_read_until_its_address_is_taken_back(ada: Run) -> None:
    made = ada("calendar", "make", "--names", "--language", "de", "--zone", "Europe/Berlin")
    address = made.out.splitlines()[0]
    with build_opener().open(address) as answer:
        assert answer.read().startswith(b"BEGIN:VCALENDAR")
    shown = ada("calendar", "show").out
    assert "zone       Europe/Berlin" in shown
    assert address not in shown
    assert ada("calendar", "make", "--language", "tlh").code == 2
    assert ada("calendar", "make", "--zone", "Europe/Nowhere").code == 1
    assert ada("calendar", "revoke").out == "  Taken back. The address leads nowhere any more.\n"
    with pytest.raises(HTTPError, match="404"):
        build_opener().open(address)
    assert ada("calendar", "show").code == 3


def test_a_token_opens_the_address_until_it_is_revoked(
    ada: Run, run: Run, customer: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ada("token", "create", "laptop", "--scope", "read", "--json").json
    assert made["scopes"] == ["read"]
    monkeypatch.setenv("FREEHOLD_TOKEN", made["secret"])
    assert run("node", "status", "--node", customer.origin, "--json").json["handle"] == "ada"
    refused = run("profile", "set", "name=Eve", "--node", customer.origin)
    assert (refused.code, "This needs the scope write." in refused.err) == (4, True)
    assert "laptop" in ada("token", "list").out
    assert ada("token", "revoke", made["id"][:12], typed="y\n").out == "  Revoked: laptop.\n"
    assert run("node", "status", "--node", customer.origin).code == 4


def test_the_secret_stands_alone_on_stdout(ada: Run) -> None:
    made = ada("token", "create", "script")
    assert re.fullmatch(r"fh_[A-Za-z0-9_-]{20,}\n", made.out)
    assert "not shown again" in made.err
    ada("token", "create", "another")
    assert ada("token", "revoke", "tok_", "--yes").code == 2
    assert ada("token", "revoke", "tok_zzzz", "--yes").code == 3


# --- browsers ----------------------------------------------------------------------------------------


def test_a_link_signs_a_browser_in_and_the_list_signs_it_out(ada: Run, customer: Node) -> None:
    assert ada("session", "list").err.endswith("Nobody is signed in.\n")
    tried = ada("session", "link", "--dry-run")
    assert "sign-in" not in tried.out
    made = ada("session", "link")
    # A browser makes passkeys for a name, and for no number.
    origin = f"http://localhost:{customer.port}"
    assert re.fullmatch(re.escape(origin) + r"/sign-in/[A-Za-z0-9_-]{44}\n", made.out)
    assert "works once" in made.err
    for link in (made.out, ada("session", "link").out):
        press = Request(link.strip(), b"", {"Origin": origin, "Accept": "text/html"})
        with build_opener(HTTPCookieProcessor()).open(press) as page:
            assert page.url == origin + "/"
    assert [item["actor"] for item in ada("session", "list", "--json").items] == ["ada", "ada"]
    assert ada("session", "revoke", "ses_").code == 2
    assert ada("session", "revoke", "ses_zzzz").code == 3
    for item in ada("session", "list", "--json").items:
        assert ada("session", "revoke", item["id"][:12]).out == "  Signed out: unknown device.\n"
    assert ada("session", "list", "--json").items == []


def test_a_limit_is_set_and_what_waits_is_listed(ada: Run) -> None:
    assert ada("cosign", "limit", "5000", "EUR").out == "  Two people sign above 5000 EUR.\n"
    assert ada("cosign", "limit", "5000").code == 2
    assert ada("cosign", "limit", "much", "EUR").code != 0
    assert ada("cosign", "list").err.endswith("Nothing waits for a second signature.\n")
    assert ada("cosign", "sign", "cos_zz").code == 3
    assert ada("cosign", "limit", "--off").out == "  One signature is enough now.\n"


def test_a_team_has_people_with_links_and_tokens_of_their_own(ada: Run) -> None:
    assert [item["is_owner"] for item in ada("person", "list", "--json").items] == [True]
    added = ada("person", "add", "Bea Ott")
    assert added.out == '  Added: Bea Ott. Let them in: freehold session link --for "Bea Ott"\n'
    assert ada("person", "rename", "bea ott", "Bea Kern").out == "  Called: Bea Kern.\n"
    assert "/sign-in/" in ada("session", "link", "--for", "Bea Kern").out
    assert ada("session", "link", "--for", "Cem").code == 3
    made = json.loads(ada("token", "create", "till", "--for", "Bea Kern", "--json").out)
    (_, bea) = ada("person", "list", "--json").items
    assert (bea["name"], made["person"], len(bea["tokens"])) == ("Bea Kern", bea["id"], 1)
    assert ada("person", "remove", "Bea Kern", "--yes").out.startswith("  Removed: Bea Kern.")
    assert [item["is_owner"] for item in ada("person", "list", "--json").items] == [True]


# --- people ------------------------------------------------------------------------------------------


def test_a_profile_is_set_imported_and_exported(ada: Run, tmp_path: Path) -> None:
    assert (
        json.loads(ada("profile", "set", "name=Ada Example", "jobTitle=Cyclist").out)["jobTitle"] == "Cyclist"
    )
    assert "jobTitle" not in ada("profile", "set", "jobTitle=", "--json").json
    assert ada("profile", "set").code == 2
    assert ada("profile", "set", "name", "--yes").code == 2
    part = ada("profile", "set", "address.addressLocality=Bern")
    assert (part.code, "is a part of address, and parts are set from a file." in part.err) == (2, True)
    replaced = ada("profile", "set", "--file", "-", "--json", piped=b'{"name": "Ada"}').json
    assert replaced["name"] == "Ada"
    card = b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada Example\r\nEMAIL:ada@example.org\r\nEND:VCARD\r\n"
    rehearsed = ada("profile", "import", "-", "--dry-run", piped=card)
    assert (json.loads(rehearsed.out)["email"], "Nothing was sent." in rehearsed.err) == (
        "ada@example.org",
        True,
    )
    assert "email" not in ada("profile", "show", "--json").json
    assert ada("profile", "import", "-", "--dry-run", piped=b"no card").code == 1
    assert ada("profile", "set", "email=x", "--dry-run").code == 1
    assert "jobTitle" in ada("profile", "set", "jobTitle=Cyclist", "--dry-run").out
    assert "jobTitle" not in ada("profile", "show", "--json").json
    assert ada("profile", "import", "-", "--json", piped=card).json["email"] == "ada@example.org"
    assert ada("profile", "show", "--json").json["name"] == "Ada Example"
    assert "ada@example.org" in ada("profile", "export", "--format", "turtle").out
    assert ada("profile", "export", "--format", "pdf").code == 2
    assert ada("profile", "export", "--out", tmp_path / "me.json").code == 0
    assert json.loads((tmp_path / "me.json").read_text(encoding="utf-8"))["name"] == "Ada Example"


def asked_to_follow(at: Run, peer: str) -> bool:
    shown = at("peer", "show", peer, "--json").json
    return bool(shown.get("follower") == "requested")


def test_a_peer_that_would_be_blocked_is_shown_as_it_would_be(ada: Run, business: Node) -> None:
    ada("peer", "add", business.acct, "--yes")
    dry = ada("peer", "block", business.acct, "--dry-run").out
    assert ("blocked      yes" in dry, "[{" in dry) == (True, False)
    ada("peer", "unfollow", business.acct, "--yes")


def test_peers_are_added_followed_and_blocked(ada: Run, velo: Run, business: Node, customer: Node) -> None:
    found = velo("peer", "add", customer.acct, typed="n\n")
    assert (found.code, customer.actor in found.err) == (1, True)
    assert velo("peer", "add", customer.acct, "--yes").code == 0
    until(lambda: asked_to_follow(ada, business.actor), "the request to follow")
    assert ada("peer", "approve", business.acct).out == "  Velo Nord follows you now.\n"
    until(
        lambda: velo("peer", "show", customer.actor, "--json").json["following"] == "accepted", "the answer"
    )
    assert "accepted" in velo("peer", "list").out
    assert velo("peer", "follow", customer.acct).code == 5
    assert velo("peer", "unfollow", customer.actor).code == 0
    assert ada("peer", "block", business.actor).code == 0
    assert ada("peer", "show", "Velo Nord", "--json").json["blocked"] is True
    wish = ("--what", "Kite", "--currency", "EUR", "--to", business.actor, "--yes")
    refused = ada("intention", "cast", *wish)
    assert (refused.code, "You have blocked Velo Nord. Nothing sent." in refused.err) == (5, True)
    assert f"--data {customer.folder} peer unblock {business.actor}" in refused.err
    assert ada("peer", "unblock", business.actor, "--json").json["blocked"] is False
    for called in (business.acct, f" @{business.acct.removeprefix('acct:')} ", "velo", "Velo Nord"):
        assert ada("peer", "show", called, "--json").json["iri"] == business.actor
    shown = ada("peer", "show", business.acct).out
    assert "account      velo@127.0.0.1:" in shown
    assert "follows you  no" in shown
    assert "first_seen" not in shown
    assert ada("peer", "show", "nobody").code == 3
    assert ada("peer", "show", "https://nobody.example/actors/x").code == 3
    assert ada("peer", "confirm-key", business.actor, "--yes").code == 5  # none waits
    for verb, word in (("confirm-key", "known"), ("refuse-key", "refused")):
        key = f"z6Mk{verb}"
        held(customer, business, key)
        assert "changed: confirm it" in ada("peer", "list").out
        assert ada("peer", verb, business.actor, typed="n\n").code == 1
        judged = ada("peer", verb, "Velo Nord", "--yes", "--json").json
        assert {item["key"]: item["state"] for item in judged["keys"]}[key] == word


def held(node: Node, peer: Node, key: str) -> None:
    """Put a key of a peer into a node's file that waits for its owner."""
    with closing(sqlite3.connect(node.folder / "freehold.db", timeout=10)) as file, file:
        [(id,)] = file.execute("SELECT id FROM peers WHERE address = ?", (peer.actor,)).fetchall()
        since = "2026-01-01T00:00:00.000000Z"
        file.execute("INSERT INTO peer_keys VALUES (?, ?, ?, 'held', ?)", (node.actor, id, key, since))


# --- the shop ----------------------------------------------------------------------------------------

CSV = "sku,name,price,currency,stock,lead_days,weight [kg]\nB1,Touring bike,2249.00,EUR,3,5,13.2\n"


def test_a_price_list_is_loaded_and_shown(velo: Run, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(CSV, encoding="utf-8")
    rehearsed = velo("shop", "load", file, "--dry-run")
    assert rehearsed.out.startswith("  Would load 1 item: 1 new, ")
    assert "Nothing was changed." in rehearsed.err
    assert velo("shop", "load", file, "--dry-run", "--json").json["type"] == "text/csv"
    assert velo("shop", "show", "--json").items == []
    bad = CSV.replace("2249.00", "2249.001").encode()
    assert velo("shop", "load", "-", "--format", "csv", "--dry-run", piped=bad).code == 1
    assert velo("shop", "load", file).out == "  Loaded 1 item.\n"
    assert "2,249.00 EUR" in velo("shop", "show").out
    assert velo("shop", "show", "--json").items[0]["sku"] == "B1"
    wrong = velo("shop", "load", "-", "--format", "csv", piped=CSV.replace("2249.00", "2249.001").encode())
    assert (wrong.code, "Line 2" in wrong.err or "line 2" in wrong.err.lower()) == (1, True)
    assert velo("shop", "load", tmp_path / "prices.pdf").code == 2
    nothing = b"sku,name,price,currency,stock,lead_days\n"
    assert velo("shop", "load", "-", "--format", "csv", piped=nothing).code == 2
    assert velo("shop", "load", "-", "--format", "csv", "--yes", piped=nothing).code == 0


def test_the_rule_is_set_and_shown(velo: Run, tmp_path: Path) -> None:
    assert velo("shop", "rule", "--json").json == {}
    none = velo("shop", "rule")
    assert (none.code, none.out) == (0, "")
    assert none.err.startswith("No rule: nothing is offered by itself. Set one with: freehold --data ")
    assert velo("shop", "rule", "--file", "-", piped=b"{}").code == 1
    (tmp_path / "rule.json").write_text(
        '{"currency": "EUR", "max_offers_per_intention": 2}', encoding="utf-8"
    )
    shown = velo("shop", "rule", "--file", tmp_path / "rule.json").out
    assert "max offers per intention  2\n" in shown
    assert "undercut after seconds    none\n" in shown
    assert velo("shop", "rule", "--json").json["max_offers_per_intention"] == 2


def test_the_pipeline_shows_what_is_under_way(ada: Run, velo: Run, business: Node) -> None:
    shown = velo("shop", "pipeline", "--json").json
    assert shown.keys() == {"counts", "stages", "lost", "items", "more"}
    cast = ("--what", "Unicycle", "--currency", "EUR", "--to", business.acct)
    assert ada("intention", "cast", *cast, "--yes").code == 0
    until(lambda: "Unicycle" in velo("shop", "pipeline").out, "the intention to wait for an answer")


def test_verbose_tells_what_is_asked_of_the_node(ada: Run) -> None:
    ran = ada("node", "status", "-v", "--json")
    assert (ran.json["handle"], ran.err) == ("ada", "GET /api/v1/node: 200 OK\n")
    assert ada("node", "status", "--json").err == ""


# --- settings ----------------------------------------------------------------------------------------


def test_the_settings_of_a_running_node_are_asked_for(
    ada: Run, run: Run, customer: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "FREEHOLD_TOKEN", ada("token", "create", "x", "--scope", "admin", "--json").json["secret"]
    )
    port = run("config", "get", "port", "--node", customer.origin, "--json").json
    assert (port["value"], port["source"]) == (str(customer.port), "flag")
