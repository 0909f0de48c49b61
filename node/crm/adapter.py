"""One kind of CRM as a value: what it needs to be told, and how it is opened."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import field
from datetime import UTC, datetime, timedelta, tzinfo

from node.crm.port import Crm
from protocol.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmAccount:
    """Where a CRM is and how we get in.

    `address` is its base URL, or the path of a folder. `secret` is "" where it needs none. `options` are what
    the adapter asks for beside, such as a database. `authorities` is a file of certificates to trust beside
    the system's. `zone` is that of the business: its days are the CRM's.
    """

    address: str
    secret: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime]
    user_agent: str
    authorities: str = ""
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmAdapter:
    """One kind of CRM: what it is called, what it needs to be told, and how it is opened.

    `options` are the names it asks for, each with a sentence on what it is; those with a `?` at their end may
    be left out. `look_every` is how often it is asked for changes. What a CRM holds that `is_open` is said by
    itself, once it is connected; of any other it is known before. `mapping` is the mapping that works
    unedited, as the text of its file; "" where it stands beside the adapter (`node.crm.registry`). `tried`
    says with what its tests speak: a CRM is *run* there, or *played* by a server that answers as its
    documentation says. `opens` raises `ValueError`, with a sentence, for an account that cannot be one.
    """

    title: str
    address: str  # what the address is, in a sentence
    needs_secret: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    look_every: timedelta = timedelta(seconds=30)  # whoever wrote a quotation waits no longer than that
    is_open: bool = False
    mapping: str = ""
    tried: str = ""
    opens: Callable[[CrmAccount], AbstractAsyncContextManager[Crm]]
