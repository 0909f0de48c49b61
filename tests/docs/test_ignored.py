"""What the pages have you make where you cloned the repository stays out of it: most of it holds keys."""

import re

from tests.docs import papers

MADE = re.compile(r"--(?:data|key-file|password-file|out) ([\w.-]+)|^```\w+ ([\w.-]+)", re.MULTILINE)
# A word for any file, and a folder that lies beside the clone.
NOT_HERE = {"FILE", "adapter"}


def test_whatever_a_page_has_you_make_is_ignored() -> None:
    pages = [page for page in papers.PAGES if page not in papers.REFERENCE]
    made = {found[1] or found[2] for page in pages for found in MADE.finditer(papers.read(page))} - NOT_HERE
    assert {"ada", "meadow", "tryton.key", "password.txt", "wish.json"} <= made
    ignored = {line.strip("/") for line in papers.read(".gitignore").splitlines() if line.startswith("/")}
    assert sorted(made - ignored) == []
