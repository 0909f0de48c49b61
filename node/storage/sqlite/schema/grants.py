"""Grants: what customers let businesses read, who read it, and what a business holds of it."""

GRANTS = (
    # Those that an actor gave (own) and those that it got. What was read by them counts from 1.
    """
    CREATE TABLE grants (
        id TEXT NOT NULL,
        actor TEXT NOT NULL,
        iri TEXT NOT NULL,
        own INTEGER NOT NULL CHECK (own IN (0, 1)),
        peer TEXT NOT NULL,
        activity TEXT NOT NULL,
        agreement TEXT NOT NULL,
        document TEXT NOT NULL,
        digest TEXT NOT NULL,
        state TEXT NOT NULL,
        serial INTEGER NOT NULL CHECK (serial >= 0),
        why TEXT NOT NULL,
        given_at TEXT NOT NULL,
        starts_at TEXT,
        ends_at TEXT,
        ended_at TEXT,
        PRIMARY KEY (actor, id),
        UNIQUE (actor, iri)
    ) STRICT
    """,
    "CREATE INDEX grants_served ON grants (iri) WHERE own = 1",
    "CREATE INDEX grants_by_activity ON grants (actor, activity)",
    "CREATE INDEX grants_listed ON grants (actor, own, given_at, id)",
    "CREATE INDEX grants_by_state ON grants (actor, own, state, given_at, id)",
    "CREATE INDEX grants_active ON grants (actor, agreement) WHERE state = 'active'",
    "CREATE INDEX grants_due ON grants (ends_at, actor, id) WHERE state = 'active' AND ends_at IS NOT NULL",
    # Every reading of what an actor granted, and every try that was recognised as somebody's.
    """
    CREATE TABLE accesses (
        actor TEXT NOT NULL,
        entry INTEGER NOT NULL,
        iri TEXT NOT NULL,
        reader TEXT NOT NULL,
        code TEXT NOT NULL,
        fields TEXT NOT NULL,
        serial INTEGER,
        digest TEXT,
        key TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (actor, entry)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX accesses_by_grant ON accesses (actor, iri, entry)",
    # The last answer of each address, so that the same asked again soon is answered alike.
    """
    CREATE TABLE answers (
        actor TEXT NOT NULL,
        iri TEXT NOT NULL,
        serial INTEGER NOT NULL,
        salt TEXT NOT NULL,
        digest TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (actor, iri)
    ) STRICT
    """,
    # How much was refused to whom lately; what is beyond some is counted here alone.
    """
    CREATE TABLE refused_reads (
        actor TEXT NOT NULL,
        who TEXT NOT NULL,
        hour TEXT NOT NULL,
        count INTEGER NOT NULL,
        unlisted INTEGER NOT NULL,
        PRIMARY KEY (actor, who)
    ) STRICT
    """,
    # What a business holds of what it read: when it has to go; the value is apart, by its entry.
    """
    CREATE TABLE holdings (
        actor TEXT NOT NULL,
        iri TEXT NOT NULL,
        field TEXT NOT NULL,
        serial INTEGER NOT NULL,
        entry INTEGER NOT NULL,
        obtained_at TEXT NOT NULL,
        purge_due TEXT,
        purged_at TEXT,
        PRIMARY KEY (actor, iri, field)
    ) STRICT
    """,
    (
        "CREATE INDEX holdings_due ON holdings (purge_due, actor, iri, field) "
        "WHERE purged_at IS NULL AND purge_due IS NOT NULL"
    ),
)
