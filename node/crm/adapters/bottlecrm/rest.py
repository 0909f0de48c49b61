"""BottleCRM's REST: lists in pages, one record, writes, files; and the custom field that we are found by.

A refusal has a status of its own; some answers say `{"error": true}` with a good one besides. A custom field
that nobody defined is dropped without a word, so it is defined before anything is written.

Source: django-crm 1.35, the views of contacts, opportunity, invoices and common.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from node.crm.adapters.bottlecrm.layouts import KEY, LAYOUTS
from node.crm.client import CrmAnswer, CrmClient
from node.crm.foreign import reading
from node.crm.forms import spell_form
from node.crm.port import CrmDenied, CrmRefused, CrmUnavailable

Json = dict[str, Any]
Query = Sequence[tuple[str, str]]

ODD: Final = "The CRM answers what BottleCRM does not: is the address right?"
ACCOUNTS: Final = "api/accounts/"

foreign = partial(reading, ODD)
"""Takes what cannot be read of an answer for an answer of something else."""

_OBJECTS: Final = ("Account", *(layout.object for layout in LAYOUTS.values()))
_MOST: Final = 100  # rows of a list at once
_NO_FIELD: Final = (
    f"BottleCRM has no custom field {KEY} for every kind of record, and lets administrators alone make it."
)


class BottleRest:
    """Speaks with one organisation: that of the token."""

    def __init__(self, client: CrmClient) -> None:
        self._client = client
        self._is_ready = False
        self._profile: Json = {}

    async def read(self, path: str, query: Query = ()) -> Json:
        """Return the document at a path.

        Raises: CrmMissing.
        """
        return _document(await self._client.call("GET", path, query=query))

    async def rows(self, path: str, member: str, query: Query = (), *, most: int = _MOST) -> list[Json]:
        """Return the first records of a list, which is in a member of its document."""
        document = await self.read(path, [*query, ("limit", str(most))])
        with foreign():
            return [_known(row) for row in document[member][:most]]

    async def write(self, method: str, path: str, values: Json) -> Json:
        """Write, and return what is answered.

        Raises: CrmMissing, CrmRefused.
        """
        return _document(await self._client.call(method, path, body=values))

    async def delete(self, path: str) -> None:
        """Delete what is at a path.

        Raises: CrmMissing, CrmRefused.
        """
        await self._client.call("DELETE", path)

    async def upload(self, path: str, member: str, name: str, content: bytes) -> Json:
        """Hand in a file, as a browser does."""
        form = spell_form([(member, name, content)])
        return _document(await self._client.call("POST", path, form=form))

    async def profile(self, *, anew: bool = False) -> Json:
        """Return whose token it is."""
        if anew or not self._profile:
            with foreign():
                self._profile = dict((await self.read("api/profile/"))["user_obj"])
        return self._profile

    async def make_ready(self) -> None:
        """Define the custom field that holds external ids, where it is not.

        Raises:
            CrmDenied: only an administrator may.
            CrmRefused: somebody has switched it off.
        """
        if self._is_ready:
            return
        rows = await self.rows("api/custom-fields/", "definitions", [("include_counts", "false")])
        with foreign():
            defined = {row["target_model"]: bool(row["is_active"]) for row in rows if row["key"] == KEY}
        if not all(defined.values()):
            raise CrmRefused(f"The custom field {KEY} is switched off in BottleCRM: it is needed.")
        for name in _OBJECTS:
            if name not in defined:
                await self._define(name)
        self._is_ready = True

    async def _define(self, name: str) -> None:
        field = {"key": KEY, "label": KEY.capitalize(), "field_type": "text", "is_filterable": True}
        try:
            await self.write("POST", "api/custom-fields/", {"target_model": name, **field})
        except CrmDenied as error:
            raise CrmDenied(_NO_FIELD, said=error.said) from None


def read_moment(text: Any) -> datetime:
    """Return a moment as BottleCRM writes it.

    Raises:
        ValueError, TypeError: it is none.
    """
    return datetime.fromisoformat(text).astimezone(UTC)


def _document(answer: CrmAnswer) -> Json:
    found = answer.document
    if not isinstance(found, dict):
        raise CrmUnavailable(ODD)
    if found.get("error") is True:
        raise CrmRefused("BottleCRM refuses this.")
    return found


def _known(row: Any) -> Json:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise CrmUnavailable(ODD)
    return row
