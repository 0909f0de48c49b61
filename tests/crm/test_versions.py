"""Versions of records: another one whenever something else was read, and the same one as before an update."""

from node.crm.port import RecordKind
from node.crm.versions import version_of


def test_the_order_of_members_says_nothing_and_every_value_does() -> None:
    assert version_of({"a": "1", RecordKind.NOTE: ["2"]}) == version_of({RecordKind.NOTE: ["2"], "a": "1"})
    told = [version_of(read) for read in ({"a": "1"}, {"a": "2"}, {"b": "1"}, ["a", "1"], None, {"a": None})]
    assert len({*told}) == len(told)


def test_a_version_is_kept_for_as_long_as_the_record_stays() -> None:
    """Another one would have every record of every CRM looked at again."""
    assert version_of({"id": 7, "name": "Ada"}) == "56a046b3f421098e33d7d745"
