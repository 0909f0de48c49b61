"""In which terms drafts differ."""

from dataclasses import replace
from datetime import UTC, datetime

from node.core.changes import changes, view_change
from node.core.drafts import view_draft
from tests.core.test_threads import draft


def test_only_what_differs_is_listed_in_the_order_of_showing() -> None:
    ends = datetime(2027, 1, 31, tzinfo=UTC)
    found = changes(draft("100"), replace(draft("90"), ends_at=ends, notice="P1M"))
    assert [view_change(change) for change in found] == [
        {
            "term": "price",
            "before": view_draft(draft("100"))["price"],
            "after": view_draft(draft("90"))["price"],
        },
        {"term": "total", "before": "100.00", "after": "90.00"},
        {"term": "ends_at", "before": None, "after": "2027-01-31T00:00:00Z"},
        {"term": "notice", "before": None, "after": "P1M"},
    ]
    assert changes(draft("100"), draft("100")) == []
