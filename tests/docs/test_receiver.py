"""The receiver that a page shows takes what a real node sends, each event once, and nothing of others."""

import asyncio
import sys
from pathlib import Path

from protocol.webhooks import HookSecret, sign
from tests.docs import papers
from tests.ports import steady_port
from tests.web.house import PATIENCE_SECONDS, at_rest, open_house, until

PAGE = "docs/how-to/connect-by-webhook.md"


def receiver() -> str:
    (fence,) = [fence for fence in papers.fences(PAGE) if fence.language.startswith("python")]
    return fence.text


def test_it_has_twenty_lines_and_needs_nothing() -> None:
    lines = [line for line in receiver().splitlines() if line.strip()]
    assert len(lines) <= 20
    names = receiver().partition("\n")[0].removeprefix("import ").split(", ")
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


async def test_it_takes_what_a_node_sends_and_nothing_else(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n") as house:
        port = steady_port()
        made = (await house.owner("POST", "/webhooks", {"url": f"http://127.0.0.1:{port}/"})).json
        (tmp_path / "receiver.py").write_text(receiver(), encoding="utf-8")
        (tmp_path / "secret.txt").write_text(made["secret"] + "\n", encoding="utf-8")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "receiver.py",
            str(port),
            cwd=tmp_path,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdout is not None
        try:
            await until(lambda: listens(port))
            async with asyncio.timeout(PATIENCE_SECONDS):
                wish = await house.cast("public")
                read = f"{house.origin}/api/v1/intentions/{wish['id']}"
                assert (
                    await process.stdout.readline() == f"org.w3id.freehold.intention.cast {read}\n".encode()
                )
                forged = b'{"type":"forged","data":{}}'
                signed = sign("evt_1", forged, [HookSecret(bytes(32))], now=house.clock())
                url = f"http://127.0.0.1:{port}/"
                async with house.session.post(url, data=forged, headers=signed) as answer:
                    assert answer.status == 401
                assert await house.owner(
                    "POST", f"/webhooks/{made['id']}/replay", {"since": "2020-01-01T00:00:00Z"}
                )
                await at_rest(house)
                assert (await house.owner("POST", f"/webhooks/{made['id']}/test")).json["taken"]
                # Neither the forged event nor the one that came again was taken in between.
                assert await process.stdout.readline() == b"org.w3id.freehold.test \n"
        finally:
            process.terminate()
            await process.wait()


async def listens(port: int) -> bool:
    """Tell whether anybody takes connections there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
