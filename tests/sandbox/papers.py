"""What businesses say about data in the story of terms: little, some more, too much, and what is refused."""

from typing import Any, Final

from protocol.documents import Document
from tests.protocol.policy_cells import DPV, FREEHOLD
from tests.protocol.policy_drawing import constraint, duty, permission, policy

EMAIL: Final = "http://schema.org/email"
ADDRESS: Final = ("http://schema.org/name", "http://schema.org/postalCode", "http://schema.org/streetAddress")
DUTIES: Final = (duty("delete", "P30D"), duty("inform", "P365D"))


def bringing(*fields: str, days: int) -> dict[str, Any]:
    """Permit to keep and use fields for what was ordered, until so many days after its end."""
    kept = constraint(f"{FREEHOLD}timeAfterEnd", "lteq", f"P{days}D")
    actions = [f"{DPV}Collect", f"{DPV}Store", f"{DPV}Use"]
    return permission(actions, [*fields], ["FulfilmentOfContractualObligation"], kept)


LITTLE: Final[Document] = {
    "roster": "SD-BASE",
    "policy": policy(bringing(*ADDRESS, days=30), duties=DUTIES),
}
MORE: Final[Document] = {
    "roster": "SD-BASE",
    "policy": policy(bringing(EMAIL, *ADDRESS, days=60), duties=DUTIES),
}
TOO_MUCH: Final[Document] = {
    "roster": "SD-BASE-ATP",
    "policy": policy(
        permission([f"{DPV}Profiling"], [EMAIL], ["ServicePersonalisation"]),
        bringing(*ADDRESS, days=30),
        duties=DUTIES,
    ),
}
SMALL_PRINT: Final[Document] = LITTLE | {
    "conditions": {"renewal": "automatic", "renewalPeriod": "P1Y", "renewalNotice": "P1M"}
}
