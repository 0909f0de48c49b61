"""The contract of all adapters, with a HubSpot that is played after its public documentation."""

import pytest

from node.crm.port import RecordKind
from tests.crm.contract import ALICE, CrmContract, Ground
from tests.crm.hubspot.played import PlayedError


class TestHubspot(CrmContract):
    async def test_two_with_one_external_id_are_not_written(self, ground: Ground) -> None:
        """HubSpot keeps the property unique: there are no two."""
        customer = await self.customer(ground)
        with pytest.raises(PlayedError):
            await ground.person.duplicate(RecordKind.CUSTOMER, customer.id)
        assert len(await ground.crm.find(RecordKind.CUSTOMER, ALICE)) == 1
