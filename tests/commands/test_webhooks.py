"""Webhooks and the tray on the command line of a running node."""

from pathlib import Path

import pytest

from tests.commands.nodes import Node, Run
from tests.ports import steady_port

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_webhook_from_the_first_to_the_last(run: Run, customer: Node) -> None:
    here = ("--data", customer.folder)
    url = f"http://127.0.0.1:{steady_port()}/hook"
    tried = run("webhook", "add", url, *here, "--dry-run")
    assert (tried.code, "whsec_" in tried.out) == (0, False)
    made = run("webhook", "add", url, "--events", "offer,accept", "--events", "message", *here, "--json")
    assert made.json["events"] == ["accept", "message", "offer"]
    id = made.json["id"]
    assert made.json["secret"].startswith("whsec_")
    shown = run("webhook", "show", id[:10], *here)
    assert "accept, message, offer" in shown.out
    assert "nothing sent yet" in shown.out
    assert "whsec_" not in shown.out
    assert url in run("webhook", "list", *here).out
    tested = run("webhook", "test", id, *here)
    assert (tested.code, "takes no connection" in tested.out) == (6, True)
    assert run("webhook", "test", id, *here, "--dry-run").code == 0
    assert "paused" in run("webhook", "pause", id, *here).out
    assert run("webhook", "replay", id, *here).code != 0
    assert "nothing sent yet" in run("webhook", "resume", id, *here).out
    assert run("webhook", "replay", id, *here).code == 0
    assert run("webhook", "replay", id, "--event", "evt_0", *here).code != 0
    assert "Nothing was sent" in run("webhook", "deliveries", id, *here).err
    assert run("webhook", "rotate", id, "--overlap", "0", *here).out.startswith("whsec_")
    assert f"Removed: {url}" in run("webhook", "remove", id, *here).out
    assert run("webhook", "show", id, *here).code != 0
    key = run("webhook", "add", url, "--algorithm", "v1a", *here)
    assert key.out.startswith("whpk_")
    assert key.out.strip() in run("webhook", "list", *here, "--json").out
    (left,) = run("webhook", "list", *here, "--json").items
    assert run("webhook", "remove", left["id"], *here).code == 0


@pytest.mark.parametrize("words", [("--events", "profile"), ("--algorithm", "v2")])
def test_what_is_no_webhook_is_said(run: Run, customer: Node, words: tuple[str, str]) -> None:
    assert run("webhook", "add", "http://127.0.0.1:1/", *words, "--data", customer.folder).code != 0


def test_the_tray_from_the_first_to_the_last(run: Run, customer: Node, tmp_path: Path) -> None:
    here = ("--data", customer.folder)
    assert "The tray is empty" in run("tray", "list", *here).err
    rows = tmp_path / "rows.json"
    rows.write_text('[{"kind": "invoice", "external_id": "I-1", "fields": {"total": "1.00"}}]')
    put = run("tray", "put", rows, *here, "--json")
    assert [item["outcome"] for item in put.items] == ["created"]
    assert "unchanged" in run("tray", "put", rows, *here).out
    assert "I-1" in run("tray", "list", *here).out
    assert "I-1" not in run("tray", "list", "--after", "1", *here).out
    rows.write_text("[")
    assert run("tray", "put", rows, *here).code == 2
    assert "Removed: invoice I-1" in run("tray", "remove", "invoice", "I-1", *here).out
    made = run("tray", "allow", "The CRM", *here, "--json").json
    id = made["id"]
    assert made["secret"].startswith("whsec_")
    assert "The CRM" in run("tray", "senders", *here).out
    key = tmp_path / "key.txt"
    key.write_text(SECRET + "\n")
    for tried in (["allow", "Another"], ["rotate", id]):
        for as_json in ([], ["--json"]):
            shown = run("tray", *tried, "--key-file", key, "--dry-run", *as_json, *here)
            assert (shown.code, SECRET in shown.out + shown.err) == (0, False)
    rotated = run("tray", "rotate", id, "--key-file", key, "--overlap", "1", *here)
    assert (rotated.code, SECRET in rotated.out) == (0, False)
    key.write_text("é" * 200)
    assert run("tray", "rotate", id, "--key-file", key, *here).code == 2
    assert "Removed: The CRM" in run("tray", "refuse", id, *here).out
