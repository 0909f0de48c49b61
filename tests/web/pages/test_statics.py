"""The files that pages name: kept for ever, compressed once, and none besides."""

import gzip
import re

import pytest

from node.web.pages.frame import statics
from tests.web.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("name", sorted(statics.names()))
async def test_a_file_is_kept_for_ever_at_the_address_of_what_is_in_it(shared: House, name: str) -> None:
    address = statics.address(name)
    plain, packed = (
        await shared.get(address),
        await shared.request("GET", address, headers={"Accept-Encoding": "gzip"}),
    )
    assert plain.status == packed.status == 200
    kept = (statics.FOLDER / name).read_bytes()
    body = statics.spare(kept) if name.endswith(".js") else kept
    assert plain.body == packed.body == body  # the client unpacks
    assert packed.headers.get("Content-Encoding") == ("gzip" if statics.load(name).packed else None)
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/static/0000000000000000/base.css",
        "/static/base.css",
        "/static/x/page.py",
        "/static/x/..%2fpage.py",
        "/static/x/nothing.css",
    ],
)
async def test_there_is_nothing_else(shared: House, path: str) -> None:
    assert (await shared.get(path)).status == 404


async def test_a_page_names_files_by_their_addresses(shared: House) -> None:
    page = (await shared.get("/styleguide", Accept="text/html")).body.decode()
    named = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert {statics.address(name) for name in ("base.css", "tokens.css", "components.css", "app.js")} <= named
    assert all([(await shared.get(path)).status == 200 for path in named])


async def test_what_pages_load_is_small() -> None:
    sent = {name: len(statics.load(name).packed) for name in statics.names()}
    assert sum(size for name, size in sent.items() if name.endswith(".css")) < 12_000
    assert sent["app.js"] < 4_000
    assert sent["worker.js"] < 1_600


@pytest.mark.parametrize("name", sorted(name for name in statics.names() if name.endswith(".js")))
async def test_a_script_is_sent_without_what_nobody_runs(name: str) -> None:
    script = (statics.FOLDER / name).read_text()
    assert all(line.count("`") % 2 == 0 for line in script.splitlines())  # no text goes over a line
    sent = statics.load(name).body.decode()
    assert "// " not in sent
    assert [line.strip() for line in script.splitlines() if line.strip() and "// " not in line] == (
        sent.splitlines()
    )


async def test_a_file_is_packed_the_same_each_time() -> None:
    name = "base.css"
    assert gzip.compress((statics.FOLDER / name).read_bytes(), mtime=0) == statics.load(name).packed
