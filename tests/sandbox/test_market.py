"""The market, played whole with real processes, and the parts of it that guard the machine it runs on."""

import io
import json
import re
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from node.folder import SOCKET_NAME
from node.sandbox import market
from node.sandbox.market import MARKER, own_folder, run
from node.sandbox.narrator import Narrator
from node.sandbox.nodes import CommandError, MarketError, Node, command, environment, until
from node.sandbox.story import WANTED
from node.terminal.api_client import ApiClient
from node.terminal.endpoint import Endpoint
from protocol.documents import Document


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short path: a UNIX socket's has at most about a hundred characters."""
    return tmp_path_factory.mktemp("m") / "demo"


@pytest.mark.slow
def test_the_story_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(once=True, folder=folder) == 0
    told = capsys.readouterr().out
    assert "✗" not in told
    assert re.search(r"All \d\d checks hold\.", told)
    assert json.loads((folder / "evidence.json").read_bytes())["type"] == "EvidenceBundle"


@pytest.mark.slow
def test_it_stays_open_for_a_newcomer_until_it_is_told_to_close(folder: Path, tmp_path: Path) -> None:
    """They find links for a browser, one of which is opened, and the shops answer what they wish for."""
    opened = tmp_path / "opened"
    script = (
        "import pathlib, sys; from node.sandbox.market import run; "
        "sys.exit(run(once=False, folder=pathlib.Path(sys.argv[1]), opens=True))"
    )
    arguments = [sys.executable, "-c", script, str(folder)]
    browser = {"BROWSER": f"{shlex.join([sys.executable, '-c', WRITES, str(opened)])} %s"}
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, text=True, env=environment() | browser
    ) as process:
        told: list[str] = []
        for line in process.stdout or ():
            told.append(line)
            if "meadow.token" in line:
                answers = ask(folder / "customer")
                until(opened.exists, "a browser to be opened")
                process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert "The market closes." in told[-1]
    links = re.findall(r"http://localhost:\d+/sign-in/\S+", "".join(told))
    assert len(links) == 4
    assert opened.read_text() == links[0]
    assert len({offer["peer"]["iri"] for offer in answers}) == 3
    token = folder / "customer.token"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    code, _ = command("--data", str(folder / "customer"), "node", "status")
    assert code == 6, "the customer's node is still up"


# What stands in for a browser: it writes down what it is to show.
WRITES = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"


def ask(customer: Path) -> list[Document]:
    """Wish for something as the customer of a market would, and return the five offers that come."""
    api = ApiClient(Endpoint(socket_path=customer / SOCKET_NAME))
    shops = [peer["iri"] for peer in api.pages("/peers")]
    wish = {"name": "A cheap car", "currency": "EUR", "deadline": "2099-01-01T00:00:00Z", "audience": shops}
    intention = api.request("POST", "/intentions", wish)["id"]

    def offers() -> list[Document] | None:
        made = list(api.pages("/offers", intention=intention))
        return made if len(made) == WANTED else None

    return until(offers, f"{WANTED} offers")


class TestItsFolder:
    def test_it_is_made_and_emptied_again(self, folder: Path) -> None:
        with own_folder(folder):
            (folder / "old.json").write_text("{}")
            (folder / "customer").mkdir()
        with own_folder(folder):
            assert [path.name for path in folder.iterdir()] == [MARKER]

    def test_somebody_elses_is_left_alone(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        folder.mkdir()
        (folder / "letters.txt").write_text("dear")
        assert run(once=True, folder=folder) == 1
        told = capsys.readouterr().out
        assert "is not empty, and no market made it" in told
        assert "NOT SO" not in told
        assert (folder / "letters.txt").read_text() == "dear"

    def test_two_markets_do_not_share_one(self, folder: Path) -> None:
        with (
            own_folder(folder),
            pytest.raises(MarketError, match="Another market is running"),
            own_folder(folder),
        ):
            pass


class TestItsNodes:
    @pytest.mark.slow
    def test_a_node_that_cannot_start_says_why(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "shop").write_text("not a folder")
        node = Node(folder / "shop", "shop", "The shop", "organization")
        node.start()
        with pytest.raises(MarketError, match="its process has ended"):
            node.wait_until_ready()
        assert node.wait() != 0

    @pytest.mark.slow
    def test_its_folder_says_what_it_is(self, folder: Path) -> None:
        node = Node(folder / "shop", "shop", "The shop", "organization", settings={"MAX_ROUNDS": "3"})
        node.start()
        node.wait_until_ready()
        node.terminate()
        assert node.wait() == 0
        code, shown = command("--data", str(node.folder), "config", "show")
        found = {item["key"]: item["value"] for item in shown["items"] if item["source"] == "file"}
        expected = {"origin": node.origin, "handle": "shop", "dev": "true", "max_rounds": "3"}
        assert (code, found["handle"], found["max_rounds"]) == (0, "shop", "3")
        assert {item["key"]: item["value"] for item in shown["items"]}.items() >= expected.items()

    def test_a_node_that_was_never_started_is_not_stopped(self, folder: Path) -> None:
        node = Node(folder / "shop", "shop", "The shop", "organization")
        node.terminate()
        assert node.wait() == 0

    def test_a_command_that_fails_says_what_was_typed(self, folder: Path) -> None:
        node = Node(folder / "shop", "shop", "The shop", "organization")
        with pytest.raises(CommandError, match="freehold offer list: exit 6") as caught:
            node.run("offer", "list")
        assert caught.value.problem["code"]

    def test_waiting_ends(self) -> None:
        with pytest.raises(MarketError, match="Waited 0 s for nothing"):
            until(lambda: None, "nothing", seconds=0.1)


class TestItsVoice:
    def test_checks_are_counted_and_failures_kept(self) -> None:
        out = io.StringIO()
        voice = Narrator(out)
        voice.tell("It begins.")
        voice.check("this holds", holds=True)
        voice.check("this does not", holds=False)
        assert (voice.checks, voice.failed) == (2, ["this does not"])
        assert "✓ this holds" in out.getvalue()
        assert "✗ NOT SO: this does not" in out.getvalue()
        market.conclude(voice)
        assert "1 of 2 checks did not hold:" in out.getvalue()
