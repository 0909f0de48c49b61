"""Two frauds that a business tries through its own node, and what comes of them.

Rules that hold here: each request is properly signed with the fraudster's own key, so what fails is what it
says and not how it is sent; nothing changes at the receiving end but its list of refusals.
"""

import copy
from datetime import UTC, datetime, timedelta
from typing import Final

from node.sandbox.narrator import Narrator
from node.sandbox.nodes import Node
from node.terminal.phrases import amount
from protocol import codes as wire
from protocol.codes import Code
from protocol.documents import Document
from protocol.times import render_time
from protocol.values import dataclass
from protocol.vocabulary import ACTIVITY_CONTEXT, UNIT_ONE, currency_iri

DEAR: Final = "3480.00"
CHEAP: Final = "1480.00"


@dataclass(frozen=True, slots=True)
class Fraudster:
    """A business that turned bad: its node, and the two it tries to deceive."""

    node: Node
    customer: Node
    rival: Node
    voice: Narrator

    def tamper(self, intention: str) -> None:
        """Sign one price and send another."""
        signed = self._sign(self._offer(intention))
        altered = copy.deepcopy(signed)
        altered["object"]["price"][0]["amount"] = CHEAP
        altered["object"]["stipulatesReciprocal"]["resourceQuantity"]["hasNumericalValue"] = (
            CHEAP.removesuffix(".00")
        )
        before = self._state(self.customer)
        answer = self._send(self.customer, altered)
        self.voice.tell(
            f"{self.node.name} signs an offer at {amount(DEAR, 'EUR')} and sends it "
            f"as one at {amount(CHEAP, 'EUR')}."
        )
        self._judge(self.customer, answer, before, status=422, code=wire.PROOF_INVALID)

    def forge(self, offer: Document) -> None:
        """Say in the customer's name that a rival's offer is accepted; `offer` is its first move."""
        acceptance = {
            "@context": ACTIVITY_CONTEXT,
            "id": f"{self.customer.origin}/activities/act_{'0' * 26}",
            "type": "Accept",
            "actor": self.customer.actor,
            "to": [self.rival.actor],
            "object": offer["activity"],
            "digestMultibase": offer["digest"],
        }
        before = self._state(self.rival)
        answer = self._send(self.rival, acceptance, prove=True)
        self.voice.tell(
            f"{self.node.name} tells {self.rival.name}, in the customer's name, that its offer is taken."
        )
        self._judge(self.rival, answer, before, status=401, code=wire.KEY_FOREIGN)

    def _judge(self, deceived: Node, answer: Document, before: object, *, status: int, code: Code) -> None:
        """Check that an activity was refused, for the right reason and without a trace."""
        found = deceived.logged("inbox refused")[-1]["code"]
        self.voice.check(
            f"refused with {answer['status']} ({found} in the log of {deceived.name})",
            (answer["status"], found) == (status, code),
        )
        self.voice.check("nothing has changed there", self._state(deceived) == before)

    def _offer(self, intention: str) -> Document:
        """Write an offer by hand, as FEP-0837 and our additions to it have it."""
        now = datetime.now(UTC).replace(microsecond=0)
        quantity = {"hasUnit": UNIT_ONE, "hasNumericalValue": "1"}
        money = quantity | {"hasNumericalValue": DEAR.removesuffix(".00")}
        line = {"type": "PriceLine", "kind": "oneOff", "amount": DEAR, "currency": "EUR"}
        given = {"resourceConformsTo": currency_iri("EUR"), "resourceQuantity": money}
        return {
            "@context": ACTIVITY_CONTEXT,
            "id": f"{self.node.origin}/activities/act_{'1' * 26}",
            "type": "Offer",
            "actor": self.node.actor,
            "to": [self.customer.actor],
            "context": f"{self.node.origin}/negotiations/neg_{'1' * 26}",
            "published": render_time(now),
            "endTime": render_time(now + timedelta(days=1)),
            "object": {
                "type": "Agreement",
                "name": "Audi 4000, 1980",
                "stipulates": {
                    "type": "Commitment",
                    "satisfies": f"{intention}#primary",
                    "resourceQuantity": quantity,
                },
                "stipulatesReciprocal": {
                    "type": "Commitment",
                    "satisfies": f"{intention}#reciprocal",
                    **given,
                },
                "price": [line],
            },
        }

    def _sign(self, activity: Document) -> Document:
        """Let the node sign a document: it posts it to itself, which is not who it is addressed to."""
        return dict(self._send(self.node, activity, prove=True)["activity"])

    def _send(self, to: Node, activity: Document, *, prove: bool = False) -> Document:
        body = {"inbox": f"{to.actor}/inbox", "activity": activity, "prove": prove}
        return self.node.api.request("POST", "/fed/send", body)

    def _state(self, node: Node) -> tuple[object, object]:
        """Return what must not change: the offers, and where the journal ends."""
        return list(node.api.pages("/offers")), list(node.api.pages("/journal"))
