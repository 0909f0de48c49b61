"""The tables and indexes of the first release, as plain SQL.

Rules: every table is STRICT and names its key; a table that belongs to one actor has `actor` in every key and
index, so nodes with several personas never mix them; each index says which question it answers. Text that a
state machine owns (`state`, `event`) is not constrained here: the machine's table is the one place that knows
it.
"""

from node.storage.sqlite.tallies import tally

# Lists are read from an index that has the state before the time, one state after the other: an index by time
# alone would be another one to keep, and SQLite takes it where it should take one that finds more.
INITIAL = (
    # The journal: the truth. It only grows; the triggers turn a slip of ours into an error.
    """
    CREATE TABLE journal (
        sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
        at TEXT NOT NULL,
        direction TEXT NOT NULL CHECK (direction IN ('in', 'out', 'local')),
        kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        peer TEXT,
        subject TEXT,
        decision TEXT NOT NULL,
        body BLOB NOT NULL,
        previous BLOB NOT NULL CHECK (length(previous) = 32),
        hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT
    """,
    "CREATE INDEX journal_by_kind ON journal (kind, sequence)",
    "CREATE INDEX journal_by_subject ON journal (subject, sequence)",
    """
    CREATE TRIGGER journal_is_never_edited BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is never edited'); END
    """,
    """
    CREATE TRIGGER journal_is_never_cut BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is never cut'); END
    """,
    # Who lives here, and with which keys.
    """
    CREATE TABLE actors (
        iri TEXT PRIMARY KEY,
        handle TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        summary TEXT NOT NULL,
        created_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        actor TEXT NOT NULL REFERENCES actors (iri),
        algorithm TEXT NOT NULL,
        private_pem TEXT NOT NULL,
        created_at TEXT NOT NULL,
        retired_at TEXT
    ) STRICT
    """,
    "CREATE INDEX keys_by_actor ON keys (actor, algorithm, created_at)",
    # What is wanted, by us and by others.
    """
    CREATE TABLE intentions (
        id TEXT NOT NULL,
        actor TEXT NOT NULL,
        iri TEXT NOT NULL,
        proposer TEXT NOT NULL,
        document TEXT NOT NULL,
        private TEXT NOT NULL,
        state TEXT NOT NULL,
        own INTEGER NOT NULL CHECK (own IN (0, 1)),
        deadline TEXT,
        place TEXT,
        received_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        PRIMARY KEY (actor, iri),
        UNIQUE (actor, id)
    ) STRICT
    """,
    "CREATE INDEX intentions_by_state ON intentions (actor, own, state, received_at, id)",
    "CREATE INDEX intentions_served ON intentions (iri) WHERE own = 1",
    "CREATE INDEX intentions_by_proposer ON intentions (actor, proposer) WHERE state = 'open'",
    "CREATE INDEX intentions_due ON intentions (deadline) WHERE state = 'open'",
    # Negotiations, each with its moves.
    """
    CREATE TABLE offers (
        id TEXT NOT NULL,
        actor TEXT NOT NULL,
        negotiation TEXT NOT NULL,
        peer TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('offerer', 'offeree')),
        intention TEXT NOT NULL,
        amends TEXT,
        state TEXT NOT NULL,
        head TEXT NOT NULL,
        head_digest TEXT NOT NULL,
        standing TEXT NOT NULL,
        standing_digest TEXT NOT NULL,
        draft TEXT NOT NULL,
        countered TEXT,
        total TEXT NOT NULL,
        currency TEXT NOT NULL,
        rounds INTEGER NOT NULL CHECK (rounds >= 0),
        expires_at TEXT,
        opened_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        PRIMARY KEY (actor, id),
        UNIQUE (actor, negotiation)
    ) STRICT
    """,
    "CREATE INDEX offers_by_intention ON offers (actor, intention, opened_at, id)",
    "CREATE INDEX offers_by_state ON offers (actor, role, state, opened_at, id)",
    "CREATE INDEX offers_by_peer ON offers (actor, peer, intention)",
    "CREATE INDEX offers_open ON offers (actor, peer) WHERE state IN ('offered', 'countered')",
    "CREATE INDEX offers_due ON offers (expires_at) WHERE state IN ('offered', 'countered')",
    """
    CREATE INDEX offers_unanswered ON offers (actor, opened_at, id)
    WHERE role = 'offerer' AND state = 'offered' AND rounds = 1
    """,
    *tally("offers", "role"),
    """
    CREATE TABLE moves (
        iri TEXT NOT NULL,
        actor TEXT NOT NULL,
        offer TEXT NOT NULL,
        event TEXT NOT NULL,
        by_party TEXT NOT NULL,
        digest TEXT NOT NULL,
        answers TEXT,
        answers_digest TEXT,
        sequence INTEGER NOT NULL,
        at TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('applied', 'void', 'crossed')),
        PRIMARY KEY (actor, iri),
        FOREIGN KEY (actor, offer) REFERENCES offers (actor, id)
    ) STRICT
    """,
    "CREATE INDEX moves_by_offer ON moves (offer, sequence)",
    # What was agreed. At most one agreement lives per intention of ours; an amendment stands beside what it
    # amends.
    """
    CREATE TABLE agreements (
        id TEXT NOT NULL,
        actor TEXT NOT NULL,
        iri TEXT NOT NULL,
        offer TEXT NOT NULL,
        peer TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('offerer', 'offeree')),
        intention TEXT NOT NULL,
        own INTEGER NOT NULL CHECK (own IN (0, 1)),
        document TEXT NOT NULL,
        digest TEXT NOT NULL,
        state TEXT NOT NULL,
        total TEXT NOT NULL,
        currency TEXT NOT NULL,
        starts_at TEXT,
        ends_at TEXT,
        leaves_at TEXT,
        confirmed_at TEXT,
        supersedes TEXT,
        concluded_at TEXT NOT NULL,
        PRIMARY KEY (actor, id),
        UNIQUE (actor, iri),
        FOREIGN KEY (actor, offer) REFERENCES offers (actor, id)
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX agreements_one_per_intention ON agreements (actor, intention)
    WHERE own = 1 AND supersedes IS NULL AND state IN ('accepted', 'concluded', 'ending')
    """,
    "CREATE INDEX agreements_by_iri ON agreements (iri)",
    "CREATE INDEX agreements_by_state ON agreements (actor, state, concluded_at, id)",
    "CREATE INDEX agreements_by_intention ON agreements (actor, intention, state)",
    "CREATE INDEX agreements_by_offer ON agreements (actor, offer, concluded_at, id)",
    "CREATE INDEX agreements_leaving ON agreements (leaves_at) WHERE state = 'ending'",
    """
    CREATE TABLE messages (
        iri TEXT NOT NULL,
        actor TEXT NOT NULL,
        offer TEXT NOT NULL,
        sender TEXT NOT NULL,
        content TEXT NOT NULL,
        at TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        PRIMARY KEY (actor, iri),
        FOREIGN KEY (actor, offer) REFERENCES offers (actor, id)
    ) STRICT
    """,
    "CREATE INDEX messages_by_offer ON messages (offer, sequence)",
    # The others.
    """
    CREATE TABLE peers (
        actor TEXT NOT NULL,
        iri TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        handle TEXT,
        first_seen TEXT NOT NULL,
        blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),
        muted INTEGER NOT NULL CHECK (muted IN (0, 1)),
        note TEXT NOT NULL,
        PRIMARY KEY (actor, iri)
    ) STRICT
    """,
    """
    CREATE TABLE follows (
        actor TEXT NOT NULL,
        peer TEXT NOT NULL,
        direction TEXT NOT NULL CHECK (direction IN ('follower', 'following')),
        state TEXT NOT NULL CHECK (state IN ('requested', 'accepted')),
        activity TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (actor, peer, direction)
    ) STRICT
    """,
    "CREATE INDEX follows_by_state ON follows (actor, direction, state, peer)",
    "CREATE INDEX follows_by_activity ON follows (actor, activity)",
    "CREATE TABLE profiles (actor TEXT PRIMARY KEY, document TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT",
    # What came in and what goes out.
    """
    CREATE TABLE receipts (
        activity TEXT NOT NULL,
        recipient TEXT NOT NULL,
        body_digest BLOB NOT NULL CHECK (length(body_digest) = 32),
        status INTEGER NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (activity, recipient)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE deliveries (
        id TEXT PRIMARY KEY,
        actor TEXT NOT NULL,
        activity TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        recipient TEXT NOT NULL,
        inbox TEXT NOT NULL,
        origin TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'delivered', 'refused', 'gone', 'cancelled')),
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        due_at TEXT NOT NULL,
        last_status INTEGER,
        last_error TEXT,
        created_at TEXT NOT NULL,
        settled_at TEXT,
        UNIQUE (actor, activity, recipient)
    ) STRICT
    """,
    "CREATE INDEX deliveries_due ON deliveries (due_at, sequence) WHERE state = 'queued'",
    "CREATE INDEX deliveries_in_line ON deliveries (recipient, actor, sequence, id) WHERE state = 'queued'",
    "CREATE INDEX deliveries_by_inbox ON deliveries (inbox) WHERE state = 'queued'",
    "CREATE INDEX deliveries_by_origin ON deliveries (origin) WHERE state = 'queued'",
    "CREATE INDEX deliveries_by_state ON deliveries (actor, state, created_at, id)",
    "CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL",
    *tally("deliveries"),
    # What goes to followers and is not queued yet for those behind `reached`, by address.
    """
    CREATE TABLE fanouts (
        actor TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        activity TEXT NOT NULL,
        reached TEXT NOT NULL,
        spared TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (actor, sequence)
    ) STRICT
    """,
    """
    CREATE TABLE origins (
        origin TEXT PRIMARY KEY,
        scheme TEXT,
        failures INTEGER NOT NULL CHECK (failures >= 0),
        open_until TEXT,
        updated_at TEXT NOT NULL
    ) STRICT
    """,
    # What may be forgotten.
    """
    CREATE TABLE remote_actors (
        iri TEXT PRIMARY KEY,
        document TEXT,
        fetched_at TEXT NOT NULL,
        failed_at TEXT
    ) STRICT
    """,
    "CREATE INDEX remote_actors_by_age ON remote_actors (fetched_at)",
    "CREATE TABLE replays (fingerprint BLOB PRIMARY KEY, expires_at TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX replays_by_expiry ON replays (expires_at)",
    """
    CREATE TABLE refusals (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT,
        peer TEXT,
        code TEXT NOT NULL,
        detail TEXT NOT NULL,
        activity TEXT,
        body BLOB NOT NULL
    ) STRICT
    """,
    # The owner's programs.
    """
    CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
        scopes TEXT NOT NULL,
        created_at TEXT NOT NULL,
        last_used_at TEXT,
        revoked_at TEXT
    ) STRICT
    """,
    """
    CREATE TABLE idempotency (
        key TEXT NOT NULL,
        caller TEXT NOT NULL,
        request_digest BLOB NOT NULL,
        status INTEGER NOT NULL,
        body BLOB NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (key, caller)
    ) STRICT
    """,
    "CREATE INDEX idempotency_by_age ON idempotency (at)",
    # The shop. `stock` is what stands on the shelf, `held` what open offers have been promised of it.
    """
    CREATE TABLE items (
        id INTEGER PRIMARY KEY,
        actor TEXT NOT NULL,
        sku TEXT NOT NULL,
        name TEXT NOT NULL,
        document TEXT NOT NULL,
        price_millionths INTEGER NOT NULL,
        currency TEXT NOT NULL,
        stock INTEGER CHECK (stock >= 0),
        held INTEGER NOT NULL CHECK (held >= 0),
        lead_days INTEGER NOT NULL CHECK (lead_days >= 0),
        edition INTEGER NOT NULL,
        UNIQUE (actor, sku)
    ) STRICT
    """,
    """
    CREATE INDEX items_on_sale ON items (actor, currency, price_millionths, sku)
    WHERE stock IS NULL OR stock > held
    """,
    "CREATE INDEX items_by_edition ON items (actor, edition, sku)",
    # What an item is, property by property, to be found by it; names are kept once, a big list repeats them.
    """
    CREATE TABLE property_names (
        id INTEGER PRIMARY KEY,
        actor TEXT NOT NULL,
        name TEXT NOT NULL,
        unit TEXT NOT NULL,
        UNIQUE (actor, name, unit)
    ) STRICT
    """,
    """
    CREATE TABLE item_properties (
        item INTEGER NOT NULL REFERENCES items (id),
        property INTEGER NOT NULL REFERENCES property_names (id),
        word TEXT NOT NULL,
        millionths INTEGER,
        PRIMARY KEY (item, property)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX items_by_word ON item_properties (property, word, item)",
    """
    CREATE INDEX items_by_number ON item_properties (property, millionths, item)
    WHERE millionths IS NOT NULL
    """,
    """
    CREATE TABLE reservations (
        offer TEXT PRIMARY KEY,
        actor TEXT NOT NULL,
        sku TEXT NOT NULL,
        quantity INTEGER NOT NULL CHECK (quantity > 0),
        state TEXT NOT NULL CHECK (state IN ('held', 'sold', 'released'))
    ) STRICT
    """,
    "CREATE TABLE rules (actor TEXT PRIMARY KEY, document TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT",
    # How far each shop has looked at its late offers: behind the one opened then, with that id.
    """
    CREATE TABLE undercutting (actor TEXT PRIMARY KEY, opened_at TEXT NOT NULL, offer TEXT NOT NULL) STRICT
    """,
    # How far the followers of the journal have read.
    "CREATE TABLE cursors (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT",
)
