"""The settings of one node as one frozen value: each field carries its default, meaning and unit.

From these the reference page, the environment's names and the checks of the file are made.
"""

from collections.abc import Mapping
from dataclasses import field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from node.settings import kinds
from node.settings.kinds import Network, SettingReader
from node.settings.sources import ENVIRONMENT_PREFIX, Source
from protocol.values import dataclass


def _about(meaning: str, read: SettingReader, *, unit: str = "") -> dict[str, Any]:
    return {"meaning": meaning, "unit": unit, "read": read}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything about a node that its owner can set. Made by `load`, which also checks the combination."""

    data: Path = field(
        default=Path("freehold"),
        metadata=_about(
            "folder that holds everything this node keeps; by flag or environment only", kinds.folder
        ),
    )
    host: str = field(default="127.0.0.1", metadata=_about("address the node listens on", kinds.text))
    port: int = field(default=8420, metadata=_about("TCP port the node listens on", kinds.whole(1, 65_535)))
    origin: str = field(
        default="",
        metadata=_about(
            "public address of the node, under which all its documents live; in development it follows from "
            "host and port",
            kinds.origin,
        ),
    )
    handle: str = field(
        default="me",
        metadata=_about("the first actor's name before the @; settled by the first start", kinds.handle),
    )
    name: str = field(
        default="",
        metadata=_about(
            "the first actor's name as people read it, used by the first start; its handle if empty",
            kinds.text,
        ),
    )
    kind: str = field(
        default="person",
        metadata=_about(
            "what the first actor is; settled by the first start", kinds.choice("person", "organization")
        ),
    )
    dev: bool = field(
        default=False,
        metadata=_about("development: plain http, and peers on this machine, on loopback only", kinds.switch),
    )
    claimed: bool = field(
        default=False,
        metadata=_about(
            "whether the node is yours without being claimed in a browser; `freehold session link` opens its "
            "pages then, and it may listen beyond this machine from its first start",
            kinds.switch,
        ),
    )
    trusted_proxies: tuple[Network, ...] = field(
        default=(), metadata=_about("networks whose X-Forwarded-For is believed", kinds.networks)
    )
    allowed_networks: tuple[Network, ...] = field(
        default=(),
        metadata=_about(
            "networks besides the public internet in which this node reaches peers; its machine, its link "
            "and metadata services only if named themselves",
            kinds.networks,
        ),
    )
    webhook_hosts: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            "hosts to which webhooks may be posted though they are this machine or lie in a private network; "
            "each by its whole name or address",
            kinds.hosts,
        ),
    )
    ca_file: str = field(
        default="",
        metadata=_about(
            "file with certificates (PEM) of authorities that are believed beside the system's", kinds.file
        ),
    )
    body_limit_bytes: int = field(
        default=262_144,
        metadata=_about("largest request body", kinds.whole(4_096, 16_777_216), unit="bytes"),
    )
    inflight_limit_bytes: int = field(
        default=16_777_216,
        metadata=_about(
            "all bodies being received at one time", kinds.whole(4_096, 1_073_741_824), unit="bytes"
        ),
    )
    body_seconds: int = field(
        default=15,
        metadata=_about("time a request's body has to arrive", kinds.whole(1, 300), unit="seconds"),
    )
    idle_seconds: int = field(
        default=75,
        metadata=_about(
            "time a connection may be idle, or take to send its headers; proxies commonly keep theirs for "
            "60, and the one who connects should be the first to let go",
            kinds.whole(1, 3_600),
            unit="seconds",
        ),
    )
    connections: int = field(
        default=1_000,
        metadata=_about("open connections in all", kinds.whole(10, 100_000), unit="connections"),
    )
    connections_per_address: int = field(
        default=50,
        metadata=_about(
            "open connections from one address, trusted proxies excepted",
            kinds.whole(1, 100_000),
            unit="connections",
        ),
    )
    requests_per_second: int = field(
        default=100,
        metadata=_about(
            "requests from one address in the long run", kinds.whole(1, 1_000_000), unit="requests/s"
        ),
    )
    requests_burst: int = field(
        default=400,
        metadata=_about("requests from one address at once", kinds.whole(1, 1_000_000), unit="requests"),
    )
    drain_seconds: int = field(
        default=7,
        metadata=_about(
            "time that requests, and then deliveries, have in all to end when the node stops; a container is "
            "commonly killed after 10",
            kinds.whole(0, 300),
            unit="seconds",
        ),
    )
    heartbeat_seconds: int = field(
        default=15,
        metadata=_about("time between signs of life on an event stream", kinds.whole(1, 300), unit="seconds"),
    )
    streams_per_token: int = field(
        default=10,
        metadata=_about("event streams one token may hold open", kinds.whole(1, 1_000), unit="streams"),
    )
    max_rounds: int = field(
        default=20,
        metadata=_about(
            "rounds of one negotiation, whoever makes the offers", kinds.whole(1, 1_000), unit="rounds"
        ),
    )
    max_open_per_peer: int = field(
        default=20,
        metadata=_about("negotiations one peer may have open", kinds.whole(1, 100_000), unit="negotiations"),
    )
    offers_per_intention_per_peer: int = field(
        default=3,
        metadata=_about(
            "negotiations one peer may open about one intention, and may have open to amend one agreement",
            kinds.whole(1, 1_000),
            unit="negotiations",
        ),
    )
    offers_per_intention_per_origin: int = field(
        default=10,
        metadata=_about(
            "negotiations all peers of one server may open about one intention; more go to the quarantine",
            kinds.whole(1, 100_000),
            unit="negotiations",
        ),
    )
    max_open_per_intention: int = field(
        default=100,
        metadata=_about(
            "negotiations about one intention that may be open in all; more go to the quarantine",
            kinds.whole(1, 1_000_000),
            unit="negotiations",
        ),
    )
    messages_per_offer: int = field(
        default=5_000,
        metadata=_about("messages kept of one negotiation", kinds.whole(1, 1_000_000), unit="messages"),
    )
    kept_per_stranger_bytes: int = field(
        default=1_048_576,
        metadata=_about(
            "what is kept in 30 days of one peer whom nobody here has answered; an entry of the journal "
            "counts 2,048 at least, here and below",
            kinds.whole(65_536, 1_099_511_627_776),
            unit="bytes",
        ),
    )
    kept_per_peer_bytes: int = field(
        default=8_388_608,
        metadata=_about(
            "what is kept in 30 days of one peer who was answered",
            kinds.whole(65_536, 1_099_511_627_776),
            unit="bytes",
        ),
    )
    kept_per_partner_bytes: int = field(
        default=134_217_728,
        metadata=_about(
            "what is kept in 30 days of one peer with whom there is an agreement",
            kinds.whole(65_536, 1_099_511_627_776),
            unit="bytes",
        ),
    )
    kept_per_origin_bytes: int = field(
        default=16_777_216,
        metadata=_about(
            "what is kept in 30 days of all peers at one server together, those with an agreement excepted",
            kinds.whole(65_536, 1_099_511_627_776),
            unit="bytes",
        ),
    )
    kept_of_partners_per_origin_bytes: int = field(
        default=1_073_741_824,
        metadata=_about(
            "what is kept in 30 days of all peers at one server together with whom there are agreements",
            kinds.whole(65_536, 1_099_511_627_776),
            unit="bytes",
        ),
    )
    kept_of_strangers_bytes: int = field(
        default=536_870_912,
        metadata=_about(
            "what is kept in 30 days of all peers together whom nobody here has answered",
            kinds.whole(65_536, 1_099_511_627_776),
            unit="bytes",
        ),
    )
    deliveries_kept_days: int = field(
        default=30,
        metadata=_about(
            "how long a delivery is listed after it has ended", kinds.whole(1, 3_650), unit="days"
        ),
    )
    clock_skew_seconds: int = field(
        default=120,
        metadata=_about(
            "how far off a peer's clock may be when an expiry is judged",
            kinds.whole(0, 3_600),
            unit="seconds",
        ),
    )
    countersign: str = field(
        default="auto",
        metadata=_about(
            "whether an acceptance of our own offer is countersigned at once or by hand",
            kinds.choice("auto", "ask"),
        ),
    )
    acceptance_holds_hours: int = field(
        default=72,
        metadata=_about(
            "how long an acceptance of our own waits to be countersigned before it lapses; never longer than "
            "the offer stands",
            kinds.whole(1, 2_160),
            unit="hours",
        ),
    )
    undo_seconds: int = field(
        default=20,
        metadata=_about(
            "how long an acceptance made on a page waits before it leaves, so that it can be undone, unless "
            "its owner chose that under Security; 0 for not at all",
            kinds.whole(0, 86_400),
            unit="seconds",
        ),
    )
    on_counter_met: str = field(
        default="ask",
        metadata=_about(
            "what happens to an offer that meets our counter to the letter, unless the counter says",
            kinds.choice("accept", "ask"),
        ),
    )
    log_level: str = field(
        default="info",
        metadata=_about(
            "least serious message that is logged", kinds.choice("debug", "info", "warning", "error")
        ),
    )
    log_format: str = field(
        default="auto",
        metadata=_about(
            "a JSON object a line, key=value a line, or (auto) the latter on a terminal only",
            kinds.choice("auto", "json", "console"),
        ),
    )
    links: tuple[str, ...] = field(default=(), compare=False)
    """Variables that were passed over: a platform for containers has set them, not the owner."""
    origins: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}), compare=False)


FIELDS = {item.name: item for item in fields(Settings) if "read" in item.metadata}


def given(settings: Settings, key: str) -> str | None:
    """Return what was said of a setting; None for what nobody said."""
    is_default = settings.origins.get(key, Source.DEFAULT) is Source.DEFAULT
    return None if is_default else shown(getattr(settings, key))


@dataclass(frozen=True, slots=True)
class Described:
    """One setting as the reference page shows it."""

    key: str
    variable: str
    meaning: str
    unit: str
    default: str


def describe() -> list[Described]:
    """Return every setting with its environment variable, meaning, unit and default, in reading order."""
    return [
        Described(
            key,
            f"{ENVIRONMENT_PREFIX}{key.upper()}",
            item.metadata["meaning"],
            item.metadata["unit"],
            shown(item.default),
        )
        for key, item in FIELDS.items()
    ]


def shown(value: object) -> str:
    """Return a setting's value as a person would type it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    return str(value)
