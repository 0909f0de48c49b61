"""The server: a node that one person or business owns, from the journal to the wire."""


def __getattr__(name: str) -> str:
    """Read `__version__` from the installed package, so that the number is written in one place only."""
    if name == "__version__":
        from importlib import metadata

        return metadata.version("freehold")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
