"""The states that what a node keeps can be in, for whoever lists what is in one of them."""

from typing import Final

from node.storage.agreements import AgreementState
from node.storage.deliveries import DeliveryState
from node.storage.intentions import IntentionState

AGREEMENT_STATES: Final = tuple(AgreementState)
DELIVERY_STATES: Final = tuple(DeliveryState)
INTENTION_STATES: Final = tuple(IntentionState)
