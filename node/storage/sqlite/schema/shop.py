"""What a shop sells: its list, what of it is held, and its rules."""

SHOP = (
    # The shop. `stock` is what stands on the shelf, `held` what open offers have been promised of it, both in
    # millionths of the item's unit, as what is held by an offer.
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
    # What an item is like, what it is and in which unit it is sold, to be found by it. Names are compared
    # without regard to case, in any unit of one kind: a number stands for both
    # (`node.core.assortments.property_key`).
    """
    CREATE TABLE item_properties (
        item INTEGER NOT NULL REFERENCES items (id),
        property INTEGER NOT NULL,
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
        origin TEXT NOT NULL,
        quantity INTEGER NOT NULL CHECK (quantity > 0),
        state TEXT NOT NULL CHECK (state IN ('held', 'sold', 'released'))
    ) STRICT
    """,
    "CREATE INDEX reservations_held ON reservations (actor, sku, origin) WHERE state = 'held'",
    "CREATE INDEX reservations_unsold ON reservations (actor, origin) WHERE state <> 'sold'",
    "CREATE TABLE rules (actor TEXT PRIMARY KEY, document TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT",
    # What a shop's offers say about data, and what became of those that were made with it: how many, how many
    # were turned away for it by code, and of these for which flags.
    """
    CREATE TABLE terms_templates (
        actor TEXT PRIMARY KEY,
        document TEXT NOT NULL,
        digest TEXT NOT NULL,
        set_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE terms_answers (
        actor TEXT NOT NULL,
        code TEXT NOT NULL,
        count INTEGER NOT NULL CHECK (count > 0),
        PRIMARY KEY (actor, code)
    ) STRICT, WITHOUT ROWID
    """,
    # How far each shop has looked at its late offers: behind the one opened then, with that id.
    """
    CREATE TABLE undercutting (actor TEXT PRIMARY KEY, opened_at TEXT NOT NULL, offer TEXT NOT NULL) STRICT
    """,
)
