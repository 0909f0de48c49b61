"""What is wanted, what is negotiated and what was agreed."""

from node.storage.sqlite.schema.tallies import tally

# Lists are read from an index that has the state before the time, one state after the other: an index by time
# alone would be another one to keep, and SQLite takes it where it should take one that finds more.
MARKET = (
    # What is wanted, by us and by others.
    """
    CREATE TABLE intentions (
        id TEXT NOT NULL,
        actor TEXT NOT NULL,
        iri TEXT NOT NULL,
        peer TEXT,
        name TEXT NOT NULL,
        place TEXT,
        document TEXT NOT NULL,
        private TEXT NOT NULL,
        state TEXT NOT NULL,
        own INTEGER NOT NULL CHECK (own IN (0, 1)),
        deadline TEXT,
        received_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
        resumes_at TEXT,
        PRIMARY KEY (actor, iri),
        UNIQUE (actor, id)
    ) STRICT
    """,
    "CREATE INDEX intentions_by_state ON intentions (actor, own, state, received_at, id)",
    "CREATE INDEX intentions_served ON intentions (iri) WHERE own = 1",
    "CREATE INDEX intentions_by_peer ON intentions (actor, peer, received_at, id) WHERE state = 'open'",
    "CREATE INDEX intentions_due ON intentions (deadline) WHERE state = 'open'",
    "CREATE INDEX intentions_resuming ON intentions (resumes_at) WHERE state = 'open'",
    # What was told of those of ours that are told in rings, and who has signed for more.
    """
    CREATE TABLE told (
        actor TEXT NOT NULL,
        intention TEXT NOT NULL,
        peer TEXT NOT NULL,
        digest TEXT NOT NULL,
        roster TEXT NOT NULL,
        asks TEXT NOT NULL,
        withheld TEXT NOT NULL,
        updated TEXT,
        entry INTEGER NOT NULL,
        PRIMARY KEY (actor, intention, peer, digest)
    ) STRICT
    """,
    """
    CREATE TABLE undertakings (
        actor TEXT NOT NULL,
        intention TEXT NOT NULL,
        peer TEXT NOT NULL,
        own INTEGER NOT NULL CHECK (own IN (0, 1)),
        iri TEXT NOT NULL,
        activity TEXT NOT NULL,
        document TEXT NOT NULL,
        copy TEXT NOT NULL,
        roster TEXT NOT NULL,
        fields TEXT NOT NULL,
        state TEXT NOT NULL,
        signed_at TEXT NOT NULL,
        disclosed_at TEXT,
        ended_at TEXT,
        PRIMARY KEY (actor, intention, peer)
    ) STRICT
    """,
    "CREATE INDEX undertakings_served ON undertakings (iri) WHERE own = 1",
    "CREATE INDEX undertakings_by_activity ON undertakings (actor, activity)",
    # Which intentions of others are asked for at their addresses; some thousands at most.
    """
    CREATE TABLE own_copies (
        actor TEXT NOT NULL,
        intention TEXT NOT NULL,
        peer TEXT NOT NULL,
        origin TEXT NOT NULL,
        purpose TEXT NOT NULL,
        due_at TEXT,
        asked_at TEXT NOT NULL,
        tries INTEGER NOT NULL CHECK (tries >= 0),
        PRIMARY KEY (actor, intention)
    ) STRICT
    """,
    "CREATE INDEX own_copies_due ON own_copies (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX own_copies_asked ON own_copies (asked_at) WHERE due_at IS NULL",
    "CREATE INDEX own_copies_by_origin ON own_copies (origin)",
    # Negotiations, each with its moves. What is long stands behind what a search reads.
    """
    CREATE TABLE offers (
        id TEXT NOT NULL,
        actor TEXT NOT NULL,
        negotiation TEXT NOT NULL,
        peer TEXT NOT NULL,
        origin TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('offerer', 'offeree')),
        intention TEXT NOT NULL,
        amends TEXT,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        head TEXT NOT NULL,
        head_digest TEXT NOT NULL,
        standing TEXT NOT NULL,
        standing_digest TEXT NOT NULL,
        draft TEXT NOT NULL,
        countered TEXT,
        total TEXT,
        currency TEXT NOT NULL,
        rounds INTEGER NOT NULL CHECK (rounds >= 0),
        expires_at TEXT,
        opened_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        exceeded TEXT,
        alternative_to TEXT,
        PRIMARY KEY (actor, id),
        UNIQUE (actor, negotiation)
    ) STRICT
    """,
    "CREATE INDEX offers_by_intention ON offers (actor, intention, opened_at, id)",
    # What is compared is read from this alone, as long as the terms may be.
    """
    CREATE INDEX offers_standing
    ON offers (actor, intention, state, amends, opened_at, id, peer, standing_digest, expires_at)
    WHERE state = 'offered' AND amends IS NULL
    """,
    "CREATE INDEX offers_by_state ON offers (actor, role, state, opened_at, id)",
    "CREATE INDEX offers_by_origin ON offers (actor, intention, origin)",
    "CREATE INDEX offers_by_peer ON offers (actor, peer, intention)",
    """
    CREATE INDEX offers_to_peer ON offers (actor, peer, opened_at, id)
    WHERE role = 'offerer' OR amends IS NOT NULL
    """,
    "CREATE INDEX offers_open ON offers (actor, peer) WHERE state IN ('offered', 'countered')",
    """
    CREATE INDEX offers_open_about ON offers (actor, intention) WHERE state IN ('offered', 'countered')
    """,
    # What there is between us and a peer: have we agreed, have we said anything.
    """
    CREATE INDEX offers_agreed ON offers (actor, peer)
    WHERE state IN ('accepted', 'concluded', 'superseded', 'ending', 'ended')
    """,
    """
    CREATE INDEX offers_answered ON offers (actor, peer)
    WHERE role = 'offerer' OR rounds > 1 OR state IN ('countered', 'rejected')
    """,
    "CREATE INDEX offers_proposed ON offers (actor, role, state, opened_at, id) WHERE amends IS NOT NULL",
    "CREATE INDEX offers_amending ON offers (actor, amends, opened_at, id) WHERE amends IS NOT NULL",
    "CREATE INDEX offers_due ON offers (expires_at) WHERE state IN ('offered', 'countered')",
    """
    CREATE INDEX offers_ending ON offers (actor, expires_at) WHERE state IN ('offered', 'countered')
    """,
    """
    CREATE INDEX offers_unanswered ON offers (actor, opened_at, id)
    WHERE role = 'offerer' AND state = 'offered' AND rounds = 1
    """,
    *tally("offers", "role"),
    # Own offers that came to nothing: why, and when, of everybody and of one customer.
    """
    CREATE TABLE losses (
        id TEXT NOT NULL,
        actor TEXT NOT NULL,
        peer TEXT NOT NULL,
        reason TEXT NOT NULL,
        codes TEXT NOT NULL,
        worded INTEGER NOT NULL CHECK (worded IN (0, 1)),
        day TEXT NOT NULL,
        lost_at TEXT NOT NULL,
        PRIMARY KEY (actor, id)
    ) STRICT
    """,
    "CREATE INDEX losses_by_reason ON losses (actor, reason, lost_at, id)",
    "CREATE INDEX losses_by_peer ON losses (actor, peer, reason, lost_at, id)",
    *tally("losses", "day", by="reason"),
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
        entry INTEGER NOT NULL,
        at TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('applied', 'void')),
        PRIMARY KEY (actor, iri),
        FOREIGN KEY (actor, offer) REFERENCES offers (actor, id)
    ) STRICT
    """,
    "CREATE INDEX moves_by_offer ON moves (offer, entry)",
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
        total TEXT,
        currency TEXT NOT NULL,
        starts_at TEXT,
        ends_at TEXT,
        holds_until TEXT,
        leaves_at TEXT,
        own_confirmed_at TEXT,
        peer_confirmed_at TEXT,
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
    "CREATE INDEX agreements_by_owner ON agreements (actor, own, state, concluded_at, id)",
    "CREATE INDEX agreements_by_intention ON agreements (actor, intention, state)",
    "CREATE INDEX agreements_by_offer ON agreements (actor, offer, concluded_at, id)",
    "CREATE INDEX agreements_succeeding ON agreements (actor, supersedes) WHERE supersedes IS NOT NULL",
    "CREATE INDEX agreements_lapsing ON agreements (holds_until) WHERE state = 'accepted'",
    "CREATE INDEX agreements_leaving ON agreements (leaves_at) WHERE state = 'ending'",
    "CREATE INDEX agreements_over ON agreements (ends_at) WHERE state IN ('concluded', 'ending')",
    *tally("agreements", "own"),
    # The same for a calendar, of one actor.
    "CREATE INDEX agreements_dated_lapsing ON agreements (actor, holds_until) WHERE state = 'accepted'",
    "CREATE INDEX agreements_dated_leaving ON agreements (actor, leaves_at) WHERE state = 'ending'",
    """
    CREATE INDEX agreements_dated_over ON agreements (actor, ends_at) WHERE state IN ('concluded', 'ending')
    """,
    """
    CREATE TABLE messages (
        iri TEXT NOT NULL,
        actor TEXT NOT NULL,
        offer TEXT NOT NULL,
        own INTEGER NOT NULL CHECK (own IN (0, 1)),
        content TEXT NOT NULL,
        at TEXT NOT NULL,
        entry INTEGER NOT NULL,
        deleted_at TEXT,
        PRIMARY KEY (actor, iri),
        FOREIGN KEY (actor, offer) REFERENCES offers (actor, id)
    ) STRICT
    """,
    "CREATE INDEX messages_by_offer ON messages (offer, entry)",
)
