"""Tryton's REST: records searched, read, created, written, deleted, and buttons pressed.

A request carries the key of a user application and, in a header, the company for which it asks. What Tryton
refuses it answers with 400 and a sentence; an unknown field is an internal error there, so nobody asks for
one here. `f` names what is to come back, through dots into related records.

Source: trytond 8.2, protocols/rest.py.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from node.crm.adapters.tryton.wire import ODD, Json, pack
from node.crm.client import CrmAnswer, CrmClient
from node.crm.foreign import UNREADABLE, read_date
from node.crm.port import CrmBroken, CrmUnavailable, CrmUnreadable

Domain = list[Any]
Order = list[tuple[str, str]]


class TrytonRest:
    """Speaks with one database; `named_company` is the company's id, None for the first of the key's user."""

    def __init__(self, client: CrmClient, database: str, company: int | None) -> None:
        self._client = client
        self._models = f"{quote(database, safe='')}/rest/model/"
        self.named_company = company
        self._preferences: Json = {}
        self.answered_at: datetime | None = None

    async def preferences(self, *, anew: bool = False) -> Json:
        """Return what Tryton knows of the key's user: company, employee, whether it is an administrator."""
        if anew or not self._preferences:
            context = {} if self.named_company is None else {"company": self.named_company}
            headers = {"X-Tryton-Context": pack(context)}
            path = f"{self._models}res.user/get_preferences"
            found = await self._client.call("POST", path, body={"context_only": True}, headers=headers)
            if not isinstance(found.document, dict):
                raise CrmUnavailable(ODD)
            self._preferences = found.document
        return self._preferences

    async def is_administrator(self) -> bool:
        """Tell whether the key's user is one: others see the notes and files of one record at a time."""
        return bool((await self.preferences()).get("administrator"))

    async def company(self) -> int:
        """Return the company for which everything is done.

        Raises:
            CrmUnavailable: the key's user works for none.
        """
        found = self.named_company or (await self.preferences()).get("company")
        if not isinstance(found, int):
            raise CrmUnavailable("The user of the key works for no company: set one in Tryton.")
        return found

    async def search(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: Order | None = None,
        limit: int | None = None,
    ) -> list[Json]:
        """Return the records of a domain."""
        query = [("d", pack(domain)), *_named(fields)]
        query += [] if order is None else [("o", pack(order))]
        query += [] if limit is None else [("s", str(limit))]
        found = (await self._call("GET", model, query=query)).document
        if not isinstance(found, list):
            raise CrmUnavailable(ODD)
        return [_record(each) for each in found]

    async def search_whole(
        self, model: str, domain: Domain, fields: Sequence[str], *, limit: int | None = None
    ) -> list[Json]:
        """Return the records of a domain, each with what is asked of it.

        Raises:
            CrmUnreadable: Tryton breaks over one of them; that they are there it says.
        """
        try:
            return await self.search(model, domain, fields, limit=limit)
        except CrmBroken:
            await self.search(model, domain, (), limit=limit)
            raise CrmUnreadable(UNREADABLE) from None

    async def read(self, model: str, id: str, fields: Sequence[str]) -> Json:
        """Return one record.

        Raises: CrmMissing. CrmUnreadable: as `search_whole`.
        """
        try:
            return _record((await self._call("GET", f"{model}/{id}", query=_named(fields))).document)
        except CrmBroken:
            await self.search(model, [["id", "=", int(id)]], ())
            raise CrmUnreadable(UNREADABLE) from None

    async def create(self, model: str, values: Json, fields: Sequence[str] = ()) -> Json:
        """Make a record."""
        return _record((await self._call("POST", model, body=values, query=_named(fields))).document)

    async def write(self, model: str, id: str, values: Json, fields: Sequence[str] = ()) -> Json:
        """Write into a record.

        Raises: CrmMissing.
        """
        return _record((await self._call("PUT", f"{model}/{id}", body=values, query=_named(fields))).document)

    async def delete(self, model: str, id: str) -> None:
        """Delete a record.

        Raises: CrmMissing.
        """
        await self._call("DELETE", f"{model}/{id}")

    async def press(self, model: str, id: str, button: str) -> None:
        """Press a button of a record."""
        await self._call("POST", f"{model}/{id}/{button}", body={})

    async def _call(
        self, method: str, path: str, *, body: Json | None = None, query: Sequence[tuple[str, str]] = ()
    ) -> CrmAnswer:
        context = {"X-Tryton-Context": pack({"company": await self.company()})}
        answer = await self._client.call(
            method, f"{self._models}{path}", body=body, query=query, headers=context
        )
        self.answered_at = read_date(answer.headers.get("Date", ""))
        return answer


def _named(fields: Sequence[str]) -> list[tuple[str, str]]:
    return [("f", name) for name in fields]


def _record(document: Any) -> Json:
    if not isinstance(document, dict) or not isinstance(document.get("id"), int):
        raise CrmUnavailable(ODD)
    return document
