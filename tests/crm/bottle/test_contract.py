"""The contract of all adapters, with a real BottleCRM."""

import pytest

from node.crm.port import CrmRefused, RecordKind, RecordState, RecordVerb
from tests.crm.contract import CrmContract, Ground

pytestmark = pytest.mark.slow


class TestBottle(CrmContract):
    async def test_an_opportunity_is_won(self, ground: Ground) -> None:
        """In BottleCRM only with what it is worth: that of its estimate, if nobody wrote it down."""
        quotation = await self.quotation(ground)
        opportunity = quotation.links[RecordKind.OPPORTUNITY]
        with pytest.raises(CrmRefused, match="without what it is worth"):
            await ground.crm.act(RecordKind.OPPORTUNITY, opportunity, RecordVerb.WIN)
        await ground.crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.QUOTE)
        won = await ground.crm.act(RecordKind.OPPORTUNITY, opportunity, RecordVerb.WIN)
        assert won is not None
        assert (won.state, won.fields["amount"]) == (RecordState.WON, "39.80")

    async def test_a_confirmed_quotation_is_put_back(self, ground: Ground) -> None:
        """In BottleCRM nothing leads back from there, and the port says so."""
        crm, quotation = ground.crm, await self.quotation(ground)
        await crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.QUOTE)
        await crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.CONFIRM)
        with pytest.raises(CrmRefused, match="nothing leads back"):
            await crm.act(RecordKind.QUOTATION, quotation.id, RecordVerb.REOPEN)
        assert RecordVerb.REOPEN not in (await crm.describe()).kinds[RecordKind.QUOTATION].verbs
