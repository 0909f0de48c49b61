"""BottleCRM's own settings, with its files beside its log and not among its modules."""

import os

from crm.settings import *  # noqa: F403

MEDIA_ROOT = os.environ["MEDIA"]
