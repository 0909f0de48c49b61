"""The only SQL of the node: one SQLite file, one writer, many readers.

`database` opens the file and owns the writer; `journal` is the truth; every other module keeps one family of
tables. Their functions take a `Database` and plain values, return frozen rows, and use portable SQL, so that
another engine can stand behind the same functions.
"""
