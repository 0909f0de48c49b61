"""The states that what a node keeps can be in, for whoever lists what is in one of them."""

from typing import Final

from node.core.intentions import IntentionState
from node.storage.agreements import AgreementState
from node.storage.crm import CallState, ConflictReason
from node.storage.deliveries import DeliveryState

AGREEMENT_STATES: Final = tuple(AgreementState)
CRM_CALL_STATES: Final = tuple(CallState)
CRM_REASONS: Final = tuple(ConflictReason)
DELIVERY_STATES: Final = tuple(DeliveryState)
INTENTION_STATES: Final = tuple(IntentionState)
