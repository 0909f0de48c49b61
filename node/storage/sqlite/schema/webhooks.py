"""Webhooks: where events are posted, and the keys that sign them."""

WEBHOOKS = (
    # How far each has been given what the journal tells is its `place`.
    """
    CREATE TABLE webhooks (
        actor TEXT NOT NULL,
        id TEXT NOT NULL,
        url TEXT NOT NULL,
        events TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
        place INTEGER NOT NULL CHECK (place >= 0),
        added_at TEXT NOT NULL,
        arrived_at TEXT,
        failed_at TEXT,
        trouble TEXT NOT NULL,
        tried_at TEXT,
        PRIMARY KEY (actor, id)
    ) STRICT
    """,
    # The secrets. One that was replaced has an end; what is over is deleted.
    """
    CREATE TABLE webhook_keys (
        hook TEXT NOT NULL,
        number INTEGER NOT NULL,
        raw BLOB NOT NULL,
        made_at TEXT NOT NULL,
        ends_at TEXT,
        PRIMARY KEY (hook, number)
    ) STRICT
    """,
    "CREATE INDEX webhook_keys_ending ON webhook_keys (ends_at) WHERE ends_at IS NOT NULL",
    # What is on its way to a webhook, and was: a delivery's recipient is `{webhook}/{place}`.
    "CREATE INDEX deliveries_hooked ON deliveries (recipient, state) WHERE envelope = 'webhook'",
)
