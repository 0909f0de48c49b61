"""Where the node is, and that a token is taken from nowhere it could be read by others."""

import io
from pathlib import Path

import pytest

from node.terminal import endpoint
from node.terminal.failures import ExitCode, Failure

FOLDER = Path("folder")
SECRET = "fh_0123456789"


def find(url: str, stdin: str = "", **environment: str) -> endpoint.Endpoint:
    return endpoint.find(folder=FOLDER, url=url, environment=environment, stdin=io.StringIO(stdin))


def test_without_an_address_it_is_the_socket_in_the_folder() -> None:
    found = find("", FREEHOLD_TOKEN=SECRET)
    assert found == endpoint.Endpoint(socket_path=FOLDER / "owner.sock")
    assert found.place == "folder"


def test_a_token_comes_from_the_environment() -> None:
    found = find("https://node.example/", FREEHOLD_TOKEN=f" {SECRET}\n")
    assert found == endpoint.Endpoint(url="https://node.example", token=SECRET)
    assert found.place == "https://node.example"


def test_a_token_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n", encoding="utf-8")
    assert find("https://node.example", FREEHOLD_TOKEN_FILE=str(tmp_path / "token")).token == SECRET


def test_a_token_comes_from_stdin() -> None:
    assert find("https://node.example", f"{SECRET}\nmore\n", FREEHOLD_TOKEN_FILE="-").token == SECRET


@pytest.mark.parametrize(
    "url", ["node.example", "ftp://node.example", "https://", "https://node.example/api"]
)
def test_what_is_no_address_of_a_node_is_refused(url: str) -> None:
    with pytest.raises(Failure) as refused:
        find(url, FREEHOLD_TOKEN=SECRET)
    assert refused.value.exit_code == ExitCode.USAGE


def test_a_token_does_not_travel_in_the_clear() -> None:
    with pytest.raises(Failure) as refused:
        find("http://node.example", FREEHOLD_TOKEN=SECRET)
    assert refused.value.exit_code == ExitCode.NOT_ALLOWED
    assert [
        find(f"http://{host}:1", FREEHOLD_TOKEN=SECRET).token for host in ("127.0.0.1", "[::1]", "localhost")
    ]


def test_an_address_needs_a_token(tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        find("https://node.example")
    assert (refused.value.code, refused.value.exit_code) == ("token-missing", ExitCode.NOT_ALLOWED)
    with pytest.raises(Failure, match="cannot be read"):
        find("https://node.example", FREEHOLD_TOKEN_FILE=str(tmp_path / "none"))


@pytest.mark.parametrize("token", ["", " ", "fh_\u0663", "fh_a\nHost: evil"])
def test_a_token_that_is_none_goes_nowhere(token: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(token, encoding="utf-8")
    with pytest.raises(Failure):
        find("https://node.example", FREEHOLD_TOKEN_FILE=str(tmp_path / "token"))
