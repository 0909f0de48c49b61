"""What is remembered is found by its key, and takes no more room than there is."""

from node.services.negotiations.remembering import Remembered


def kept_of(room_bytes: int = 100) -> Remembered[str, int]:
    return Remembered(room_bytes)


def test_what_was_kept_is_found() -> None:
    kept = kept_of()
    kept.keep("one", 1, size=10)
    assert kept.find(["one", "two"]) == {"one": 1}


def test_what_was_not_used_longest_goes_first() -> None:
    kept = kept_of()
    for number in range(20):
        kept.keep(f"n{number}", number, size=40)
        kept.find(["n0"])  # used all the time
    assert kept.find(["n0", "n19", "n10"]) == {"n0": 0, "n19": 19}
    assert len(kept) == 2


def test_what_is_too_large_is_not_kept() -> None:
    kept = kept_of()
    kept.keep("small", 1, size=100)
    kept.keep("large", 2, size=101)
    assert kept.find(["small", "large"]) == {"small": 1}


def test_the_same_again_takes_nothing_more() -> None:
    kept = kept_of()
    kept.keep("other", 2, size=50)
    for _ in range(50):
        kept.keep("one", 1, size=50)
    assert kept.find(["one", "other"]).keys() == {"one", "other"}
