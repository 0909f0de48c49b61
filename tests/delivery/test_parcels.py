"""What shares a post, and what does not."""

from node.delivery.parcels import Parcel, bundle, with_company
from tests.delivery.rows import make_row

BIG, OTHER = "https://big.example", "https://other.example"


def test_company_is_the_same_activity_on_the_same_origin() -> None:
    rows = [
        make_row("1", f"{BIG}/actors/1", entry=7),
        make_row("2", f"{OTHER}/actors/2", entry=7),
        make_row("3", f"{BIG}/actors/3", entry=8),
        make_row("4", f"{BIG}/actors/4", entry=7),
    ]
    assert [row.id for row in with_company(rows)] == ["1", "4"]


def test_what_shares_an_inbox_is_one_parcel_in_the_order_of_the_first() -> None:
    rows = [make_row(id, f"{BIG}/actors/{id}", entry=entry) for id, entry in
            (("1", 7), ("2", 7), ("3", 8), ("4", 7), ("5", 7))]  # fmt: skip
    shared = {"1": f"{BIG}/inbox", "4": f"{BIG}/inbox", "3": f"{BIG}/inbox", "5": f"{BIG}/second"}
    assert bundle(rows, shared) == [
        Parcel((rows[0], rows[3]), f"{BIG}/inbox"),
        Parcel((rows[1],)),
        Parcel((rows[2],)),  # alone with its activity: its own inbox does
        Parcel((rows[4],)),
    ]
    assert bundle(rows, {}) == [Parcel((row,)) for row in rows]
    assert Parcel((rows[0],)).origin == BIG
