"""What was told of an intention in rings, copy by copy."""

from node.storage import told as subject
from node.storage.sqlite.session import SqliteSession
from tests.storage import rows
from tests.storage.rows import ADA


def test_the_copy_that_each_was_sent_last_is_kept(db: SqliteSession) -> None:
    wish = rows.told().intention
    to = [(wish, "peer_1"), (wish, ""), (wish, "peer_1"), (wish, "peer_2"), ("another", ""), ("another", "")]
    copies = [rows.told(entry, intention=of, peer=peer) for entry, (of, peer) in enumerate(to)]
    for copy in copies:
        subject.save_told(db, copy)
    subject.keep_last_told(db, ADA, wish)
    entries = db.conn.execute("SELECT entry FROM told ORDER BY entry").fetchall()
    assert entries == [(1,), (2,), (3,), (4,), (5,)]
