"""The tables and indexes of the first format that is kept, as plain SQL.

Rules: every table is STRICT and names its key; a table that belongs to one actor has `actor` in every key and
index, so nodes with several personas never mix them; each index says which question it answers. Text that a
state machine owns (`state`, `event`) is not constrained here: the machine's table is the one place that knows
it.
"""

from typing import Final

from node.storage.sqlite.schema.access import ACCESS
from node.storage.sqlite.schema.crm import CRM
from node.storage.sqlite.schema.grants import GRANTS
from node.storage.sqlite.schema.mail import MAIL
from node.storage.sqlite.schema.market import MARKET
from node.storage.sqlite.schema.notices import NOTICES
from node.storage.sqlite.schema.people import PEOPLE
from node.storage.sqlite.schema.record import RECORD
from node.storage.sqlite.schema.shop import SHOP
from node.storage.sqlite.schema.tray import TRAY
from node.storage.sqlite.schema.webhooks import WEBHOOKS

INITIAL = (*RECORD, *PEOPLE, *MARKET, *MAIL, *SHOP, *ACCESS, *NOTICES, *CRM, *WEBHOOKS, *TRAY, *GRANTS)
# What these make of an empty file, as `migrations.schema_hash`. A start compares it with what is there, and
# making the tables for that would take 10 ms and 2 MB. Whoever changes a statement changes this too, to what
# `tests/storage/test_migrations.py` finds.
INITIAL_HASH: Final = bytes.fromhex("19998263f3a581e18af1705596160ea63cd2b6658b0176b14d8590911fa0498f")
