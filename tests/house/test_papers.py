"""The papers of the house say what is so: decisions, deployment examples, commands to type."""

import re
from pathlib import Path

import pytest

from node.settings import Settings, describe
from node.settings.sources import ENVIRONMENT_PREFIX
from node.web.pages.pages import PAGES

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
DEPLOY = sorted(path for path in (ROOT / "deploy").iterdir())
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("number", "path"), list(enumerate(DECISIONS, 1)), ids=lambda value: getattr(value, "stem", "")
)
def test_a_decision_is_numbered_listed_and_complete(number: int, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert path.name.startswith(f"{number:04}-")
    assert re.findall(r"^#+ .*", text, re.MULTILINE) == [
        text.splitlines()[0],
        "## What forced it",
        "## Decision",
        "## What it costs",
    ]
    title = text.splitlines()[0].removeprefix(f"# {number:04}. ")
    assert f"| [{number:04}]({path.name}) | {title} |" in (path.parent / "README.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("path", DEPLOY, ids=lambda path: path.name)
def test_deployment_names_settings_that_exist(path: Path) -> None:
    known = {described.variable for described in describe()}
    assert set(re.findall(rf"{ENVIRONMENT_PREFIX}[A-Z_]+", path.read_text(encoding="utf-8"))) <= known


def test_the_proxies_give_up_when_the_node_would() -> None:
    caddy, nginx = ((ROOT / "deploy" / name).read_text() for name in ("Caddyfile", "nginx.conf"))
    settings = Settings()
    largest = max(settings.body_limit_bytes, *(page.limit_bytes or 0 for page in PAGES))
    assert f"max_size {largest}\n" in caddy
    assert f"client_max_body_size   {largest // 1024}k;" in nginx
    assert f"client_body_timeout    {settings.body_seconds}s;" in nginx
    assert settings.idle_seconds > 60
    assert "keepalive 60s" in caddy
    assert "keepalive_timeout 60s;" in nginx
    # A stream must outlive a missed heartbeat.
    assert "proxy_read_timeout 60s;" in nginx
    assert settings.heartbeat_seconds * 2 < 60


def test_no_proxy_logs_a_path_that_lets_in() -> None:
    nginx = (ROOT / "deploy" / "nginx.conf").read_text()
    (form,) = re.findall(r"^log_format freehold ([^;]+);", nginx, re.MULTILINE)
    assert not {"$request", "$uri", "$request_uri", "$args", "$query_string", "$http_referer"} & {
        *re.findall(r"\$\w+", form)
    }
    for server in re.split(r"^server \{", nginx, flags=re.MULTILINE)[1:]:
        assert re.findall(r"access_log [^;]+ (\w+);", server) == ["freehold"]
    assert "error_log /var/log/nginx/freehold-error.log crit;" in nginx  # below, it has the whole request
    # Caddy has no log of requests unless it is told to, and writes those that fail with all of their members.
    common, site = re.split(
        r"^node\.example \{", (ROOT / "deploy" / "Caddyfile").read_text(), flags=re.MULTILINE
    )
    (left_out,) = re.findall(
        r"^\tlog default \{\s+format filter \{\s+wrap json\s+fields \{([^}]+)\}", common, re.MULTILINE
    )
    assert left_out.split() == ["request>uri", "delete", "request>headers", "delete"]
    assert "log" not in re.findall(r"^\t(\w+)", site, re.MULTILINE)


def test_the_service_waits_as_long_as_the_node_drains() -> None:
    unit = (ROOT / "deploy/freehold.service").read_text()
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert int(seconds) > Settings().drain_seconds


def test_a_copy_of_the_unit_under_another_name_has_another_folder() -> None:
    unit = (ROOT / "deploy/freehold.service").read_text()
    (folder,) = re.findall(r"^StateDirectory=(.+)$", unit, re.MULTILINE)
    (data,) = re.findall(r"FREEHOLD_DATA=(\S+)", unit)
    assert (folder, data) == ("%N", "%S/%N")  # systemd.unit(5): the unit's name, and where states are kept


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "README.md"])
def test_what_one_is_told_to_make_can_be_made(name: str) -> None:
    named = set(
        re.findall(r"(?:^|`|\$ )make ([a-z][a-z-]*)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert named
    assert named <= TARGETS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_workflow_makes_can_be_made(path: Path) -> None:
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", path.read_text(encoding="utf-8"))) <= TARGETS


def test_what_is_declared_to_be_no_file_has_a_rule() -> None:
    (declared,) = re.findall(
        r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(declared.split()) == TARGETS


def test_every_target_that_is_listed_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))
    assert {
        "demo",
        "demo-once",
        "test",
        "check",
        "torture",
        "bench",
        "weekly",
        "docs",
        "lock",
        "clean",
    } <= listed


def test_the_changelog_has_room_for_the_next_release() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog
    kinds = set(re.findall(r"^### (.+)$", changelog, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
