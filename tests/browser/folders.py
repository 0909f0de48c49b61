"""The folder that a program of pictures was told to write into."""

from argparse import ArgumentParser
from pathlib import Path


def folder_named(purpose: str) -> Path:
    """Return the folder on the command line; without one, or for --help, say how it is called, and end."""
    parser = ArgumentParser(description=purpose)
    parser.add_argument("folder", type=Path, help="Where the pictures go; screens empties it first.")
    folder: Path = parser.parse_args().folder
    return folder
