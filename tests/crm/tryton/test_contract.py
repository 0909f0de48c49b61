"""The contract of all adapters, with a real Tryton."""

import pytest

from node.crm.port import CrmRefused, RecordKind, RecordState, RecordVerb
from tests.crm.contract import CrmContract, Ground

pytestmark = pytest.mark.slow


class TestTryton(CrmContract):
    async def test_an_opportunity_is_won(self, ground: Ground) -> None:
        """In Tryton an order does that, and nothing else."""
        quotation = await self.quotation(ground)
        opportunity = quotation.links[RecordKind.OPPORTUNITY]
        with pytest.raises(CrmRefused, match="by an order alone"):
            await ground.crm.act(RecordKind.OPPORTUNITY, opportunity, RecordVerb.WIN)
        await ground.crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.QUOTE)
        await ground.crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.CONFIRM)
        assert (await ground.crm.get(RecordKind.OPPORTUNITY, opportunity)).state is RecordState.WON
        assert RecordVerb.WIN not in (await ground.crm.describe()).kinds[RecordKind.OPPORTUNITY].verbs
