"""Tallies: how many rows of a table are in each state, or of each kind, kept by triggers."""


def tally(table: str, *columns: str, by: str = "state") -> tuple[str, ...]:
    """Return a table that counts the rows of another by actor, these columns and one more, and what keeps it.

    Triggers, because a count that a statement somewhere forgets is wrong for ever.
    """
    key = ", ".join(("actor", *columns, by))
    declared = " TEXT NOT NULL, ".join(("actor", *columns, by))

    def row(version: str) -> str:
        return ", ".join(f"{version}.{column}" for column in key.split(", "))

    def counted(version: str, step: int) -> str:
        return (
            f"INSERT INTO {table}_tally ({key}, count) VALUES ({row(version)}, {step}) "
            f"ON CONFLICT ({key}) DO UPDATE SET count = count + {step};"
        )

    both = f"{counted('old', -1)} {counted('new', 1)}"
    changed = f"old.{' OR old.'.join(f'{column} <> new.{column}' for column in (*columns, by))}"
    columns_of_it = f"{declared} TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY ({key})"
    return (
        f"CREATE TABLE {table}_tally ({columns_of_it}) STRICT, WITHOUT ROWID",
        f"CREATE TRIGGER {table}_come AFTER INSERT ON {table} BEGIN {counted('new', 1)} END",
        f"CREATE TRIGGER {table}_go AFTER DELETE ON {table} BEGIN {counted('old', -1)} END",
        f"CREATE TRIGGER {table}_change AFTER UPDATE ON {table} WHEN {changed} BEGIN {both} END",
    )
