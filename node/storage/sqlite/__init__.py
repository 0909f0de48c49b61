"""The SQLite engine: connections, one writer with group commit, schema and migrations."""
