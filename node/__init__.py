"""The server: a node that one person or business owns, from the journal to the wire."""

__version__ = "0.1.0"  # written here and nowhere else; the build reads it from this line
