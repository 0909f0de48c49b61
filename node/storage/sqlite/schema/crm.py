"""The business's CRM: how it is reached, which record is which thing, and what waits to be written."""

from node.storage.sqlite.schema.tallies import tally

CRM = (
    # The CRM of an actor: at most one. `cursor` is how far its changes have been read.
    """
    CREATE TABLE crm_connections (
        actor TEXT PRIMARY KEY,
        adapter TEXT NOT NULL,
        address TEXT NOT NULL,
        options TEXT NOT NULL,
        mapping TEXT NOT NULL,
        mapping_digest TEXT NOT NULL,
        connected_at TEXT NOT NULL,
        active INTEGER NOT NULL CHECK (active IN (0, 1)),
        cursor TEXT NOT NULL,
        read_at TEXT,
        failures INTEGER NOT NULL CHECK (failures >= 0),
        rests_until TEXT,
        trouble TEXT NOT NULL
    ) STRICT
    """,
    # Its key, apart from what is shown.
    "CREATE TABLE crm_keys (actor TEXT PRIMARY KEY, secret TEXT NOT NULL) STRICT",
    # Which record is which thing. `base` is what both sides agreed on last, by the CRM's names.
    """
    CREATE TABLE crm_records (
        actor TEXT NOT NULL,
        kind TEXT NOT NULL,
        external_id TEXT NOT NULL,
        crm_id TEXT NOT NULL,
        version TEXT NOT NULL,
        base TEXT NOT NULL,
        state TEXT NOT NULL,
        ignored INTEGER NOT NULL CHECK (ignored IN (0, 1)),
        seen_at TEXT NOT NULL,
        PRIMARY KEY (actor, kind, external_id),
        UNIQUE (actor, kind, crm_id)
    ) STRICT
    """,
    # A page that shows how it stands with the CRM counts it whenever anything of it changes.
    *tally("crm_records", "ignored", by="kind"),
    # What is to be brought to where it should be, one row for each thing, until that is done.
    """
    CREATE TABLE crm_calls (
        actor TEXT NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        external_id TEXT NOT NULL,
        body TEXT NOT NULL,
        state TEXT NOT NULL,
        made_at TEXT NOT NULL,
        due_at TEXT NOT NULL,
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        detail TEXT NOT NULL,
        PRIMARY KEY (actor, kind, external_id),
        UNIQUE (actor, id)
    ) STRICT
    """,
    *tally("crm_calls"),
    "CREATE INDEX crm_calls_due ON crm_calls (actor, state, due_at, made_at)",
    "CREATE INDEX crm_calls_newest ON crm_calls (actor, state, made_at, id)",
    # What a person has to decide. `fields` are those that both sides changed, by the CRM's names.
    """
    CREATE TABLE crm_conflicts (
        actor TEXT NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        external_id TEXT NOT NULL,
        crm_id TEXT NOT NULL,
        reason TEXT NOT NULL,
        detail TEXT NOT NULL,
        fields TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (actor, id),
        UNIQUE (actor, kind, external_id, crm_id, reason)
    ) STRICT
    """,
    *tally("crm_conflicts", by="reason"),
    "CREATE INDEX crm_conflicts_newest ON crm_conflicts (actor, reason, at, id)",
    "CREATE INDEX crm_conflicts_there ON crm_conflicts (actor, kind, crm_id)",
)
