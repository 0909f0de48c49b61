"""The settings of one node: flags, environment and file read into one frozen value.

`Settings.origins` remembers where each value came from.
"""

from node.settings.loading import data_folder, load
from node.settings.sources import CLIENT_VARIABLES, FILE_NAME, SettingsError, Source
from node.settings.values import Described, Settings, describe, given, shown

__all__ = [
    "CLIENT_VARIABLES",
    "FILE_NAME",
    "Described",
    "Settings",
    "SettingsError",
    "Source",
    "data_folder",
    "describe",
    "given",
    "load",
    "shown",
]
