"""What to do about waits that were reckoned by a clock which has been set back since: begin anew.

Rule: only what is to happen later is touched; nothing that happened gets another time.
"""

from datetime import datetime

from node.core.entries import render_instant
from node.core.retries import LONGEST_HOLD
from node.storage.journal import last_at
from node.storage.session import Session


def is_behind(session: Session, moment: datetime) -> bool:
    """Tell whether a moment lies before the journal's last entry: if it is now, the clock was set back."""
    last = last_at(session)
    return last is not None and render_instant(moment) < last


def forget_waits(session: Session, now: datetime) -> int:
    """Make every queued delivery due by `now`, and let no origin rest any longer; return how many waited.

    What is held so that it can be undone is due when it was said to be, since what was signed ahead of time
    is taken nowhere before; but nobody asked for longer than `LONGEST_HOLD`, and so long it is held at most.

    Call when the clock was set back: a wait that had been reckoned before could last as long as the clock was
    wrong. At worst a peer is asked once more than it would have been.
    """
    instant = render_instant(now)
    session.run("UPDATE origins SET failures = 0, open_until = NULL WHERE open_until > ?", instant)
    most = render_instant(now + LONGEST_HOLD)
    held = "CASE WHEN held_until > ? THEN ? ELSE held_until END"
    waiting = "state = 'queued' AND behind IN (0, 1) AND due_at > ?"
    session.run(f"UPDATE deliveries SET held_until = {held} WHERE {waiting}", most, most, most)
    statement = (
        "UPDATE deliveries SET due_at = CASE WHEN held_until > ? THEN held_until ELSE ? END "
        "WHERE state = 'queued' AND behind IN (0, 1) AND due_at > ? AND due_at > coalesce(held_until, '')"
    )
    return session.run(statement, instant, instant, instant)
