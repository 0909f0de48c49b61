import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from node import randomness
from node.observability import configure, redact
from protocol.keys import Algorithm
from tests.logs import left_as_found

CANARY = "c4n4ry"
PEM = f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----"


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    with left_as_found():
        yield


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


# --- secrets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        {"token": CANARY},
        {"Authorization": f"Bearer {CANARY}"},
        {"headers": {"Authorization": CANARY, "Signature": CANARY}},
        {"headers": [("a", f"Bearer {CANARY}")]},
        {"signature": CANARY.encode()},
        {"note": f"sent Authorization: bearer {CANARY}"},
        {"note": f'Signature: keyId="k",signature="{CANARY}"'},
        {"note": f"Signature-Input: sig1=(); {CANARY}"},
        {"key": PEM},
        {"key": f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}"},
        {"deep": {"deeper": [{"private_pem": CANARY}, (PEM,)]}},
        {"deepest": [[[[[[[[CANARY]]]]]]]]},
        {"token_list": [CANARY]},
        {"body": CANARY.encode()},
        {"cookie": CANARY, "password": CANARY, "client_secret": CANARY},
        {"note": "a token fh_" + CANARY * 4},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["json", "console"])
def test_lo_02_no_secret_reaches_a_line(stream: io.StringIO, event: dict[str, Any], form: str) -> None:
    configure("debug", form=form, stream=stream)
    structlog.get_logger("test").info("something happened", **event)
    logging.getLogger("library").warning("it said %s", "x", extra=event)
    assert CANARY not in stream.getvalue()
    assert stream.getvalue().count("\n") == 2


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_hides_in_a_traceback(stream: io.StringIO, form: str) -> None:
    configure("debug", form=form, stream=stream)
    key = randomness.new_key(Algorithm.ED25519)
    try:
        raise ValueError(f"cannot read {key.pem} for Bearer {CANARY}")
    except ValueError:
        structlog.get_logger("test").exception("failed")
        logging.getLogger("library").exception("failed too")
    text = stream.getvalue()
    assert CANARY not in text
    assert key.pem.splitlines()[1] not in text
    assert "ValueError" in text
    assert text.count("\n") == 2


def test_what_is_no_secret_is_kept() -> None:
    event = {"status": 401, "code": "stale", "ok": True, "share": 0.5, "none": None, "names": {"a"}}
    assert redact(event) == {**event, "names": ["a"]}
    assert redact("the design of a signed offer") == "the design of a signed offer"
    assert redact(b"four") == "[4 bytes]"
    assert redact(ValueError("plain")) == "plain"


def test_long_text_is_cut() -> None:
    shown = redact("x" * 100_000)
    assert isinstance(shown, str)
    assert len(shown) < 5_000
    assert shown.endswith("[cut]")


@given(
    st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
)
def test_anything_can_be_redacted_and_written(value: Any) -> None:
    json.dumps(redact({"value": value}))


# --- one line ----------------------------------------------------------------------------------------

NASTY = '"}\n{"event":"forged"}\r\n\x1b]0;pwn\x07\x1b[2J\u2028\u202e\x7f\x9b'


@pytest.mark.parametrize("form", ["json", "console"])
def test_js_16_one_event_is_one_line_of_ascii(stream: io.StringIO, form: str) -> None:
    configure("info", form=form, stream=stream)
    structlog.get_logger("test").info(NASTY, actor=NASTY, nested={"a": [NASTY]})
    logging.getLogger("library").error("%s", NASTY)
    text = stream.getvalue()
    assert text.count("\n") == 2
    assert text.isascii()
    assert text.replace("\n", "").isprintable()


def test_a_line_is_json_with_time_and_level(stream: io.StringIO) -> None:
    configure("info", form="json", stream=stream)
    structlog.get_logger("test").warning("closed", name="freehold.db")
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["name"]) == ("closed", "warning", "freehold.db")
    assert line["timestamp"].endswith("Z")


def test_a_line_on_a_terminal_reads_well(stream: io.StringIO) -> None:
    configure("info", form="console", stream=stream)
    structlog.get_logger("test").info(
        "ready", port=8420, origin="https://node.example", odd="a\tb", names=["x"]
    )
    text = stream.getvalue()
    assert ' ready port=8420 origin=https://node.example odd="a\\tb"' in text
    assert " info " in text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_auto_is_console_on_a_terminal_only(stream: io.StringIO) -> None:
    configure("info", form="auto", stream=stream)
    structlog.get_logger("test").info("ready")
    assert lines(stream)[0]["event"] == "ready"
    terminal = Terminal()
    configure("info", form="auto", stream=terminal)
    structlog.get_logger("test").info("ready")
    assert not terminal.getvalue().startswith("{")


def test_levels_below_the_chosen_one_are_silent(stream: io.StringIO) -> None:
    configure("warning", form="json", stream=stream)
    log = structlog.get_logger("test")
    log.debug("quiet")
    log.info("quiet")
    log.warning("loud")
    logging.getLogger("aiohttp.access").warning("quiet")
    assert [line["event"] for line in lines(stream)] == ["loud"]
