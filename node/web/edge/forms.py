"""Forms that browsers send: from our own pages alone, read whole, with the token of the sign-in.

Rules here: where a form comes from is judged before it is read, and with it whatever changes something. A
name may come several times, as boxes that are ticked do.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from node.core import codes
from node.core.access import is_own_page
from node.web.edge import masks, multiparts
from node.web.edge.bodies import read_body
from node.web.edge.callers import address_of
from node.web.edge.multiparts import SentPart
from node.web.edge.problems import Refusal
from node.web.edge.runtime import RUNTIME
from node.web.edge.visitors import Visitor

TOKEN: Final = "form_token"  # noqa: S105 - the name of a field
PROOF: Final = "proof"
PASSWORD: Final = "proof_password"  # noqa: S105 - the name of a field
SECRETS: Final = frozenset({TOKEN, PROOF, PASSWORD, "password", "token"})
"""Fields that show who somebody is, or open something: they are used and forgotten.

Nothing made of them is kept: whoever has a quick digest of a password, and all else in it, can guess it."""
MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_BOUNDARY: Final = re.compile(r'; ?boundary="?([^";\s]{1,70})"?$')
_MOST_FIELDS: Final = 500  # the longest form, an offer with all its lines, has some 200


class SentForm:
    """What a form says, by the names of its fields."""

    def __init__(
        self, fields: Mapping[str, Sequence[str]], files: Mapping[str, SentPart] = MappingProxyType({})
    ) -> None:
        self.fields, self.files = fields, files

    def one(self, name: str, default: str = "") -> str:
        """Return the first value of a field, or `default` if it is not there."""
        return next(iter(self.fields.get(name, ())), default)

    def all(self, name: str) -> Sequence[str]:
        """Return every value of a field, as of boxes that are ticked."""
        return self.fields.get(name, ())

    def has(self, name: str) -> bool:
        """Tell whether a field was sent, as a button is that was pressed."""
        return name in self.fields


async def read_form(
    request: web.Request, visitor: Visitor | None, *, limit_bytes: int | None = None
) -> SentForm:
    """Read a form that was sent from a page of ours, for `visitor` if somebody is signed in.

    With `limit_bytes` it may be so large, and have files.

    Raises:
        Refusal: 403 not from our pages or of another sign-in; 415, 422 no form; as `read_body`.
    """
    check_origin(request)
    media_type = request.content_type.lower()
    if media_type != MEDIA_TYPE and (limit_bytes is None or media_type != multiparts.MEDIA_TYPE):
        raise Refusal(415, codes.MEDIA_TYPE)
    runtime = request.app[RUNTIME]
    body = await read_body(
        request,
        limit_bytes=limit_bytes or runtime.settings.body_limit_bytes,
        seconds=runtime.settings.body_seconds,
        budget=runtime.budget,
        address=address_of(request, runtime.settings.trusted_proxies),
    )
    is_typed = media_type == MEDIA_TYPE
    form = SentForm(_fields(body)) if is_typed else _with_files(body, _boundary_of(request))
    if visitor is not None and not masks.covers(form.one(TOKEN), visitor.form_token):
        raise Refusal(403, codes.FORM_FOREIGN)
    return form


def check_origin(request: web.Request) -> None:
    """Check that a page of ours sent this.

    Raises:
        Refusal: 403, another site did, or nobody knows who.
    """
    sites, origins = request.headers.getall("Sec-Fetch-Site", []), request.headers.getall("Origin", [])
    runtime = request.app[RUNTIME]
    own = {runtime.settings.origin, *(f"http://{host}" for host in runtime.hosts if _is_local(host))}
    known = len(sites) <= 1 and len(origins) <= 1
    if not known or not is_own_page(_only(sites), _only(origins), own=own):
        raise Refusal(403, codes.FORM_FOREIGN)


def _is_local(host: str) -> bool:
    return host.rpartition(":")[0] in {"localhost", "127.0.0.1", "[::1]"}


def _only(values: Sequence[str]) -> str | None:
    return values[0] if values else None


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise Refusal(422, codes.INVALID_SHAPE, "This is not a form of ours.") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return fields


def _boundary_of(request: web.Request) -> str:
    """Return the boundary of a form with files, nothing where none is named; its case counts."""
    named = _BOUNDARY.search(request.headers.get("Content-Type", ""))
    return named[1] if named else ""


def _with_files(body: bytes, boundary: str) -> SentForm:
    fields: dict[str, list[str]] = {}
    files: dict[str, SentPart] = {}
    try:
        for part in multiparts.read_parts(body, boundary):
            if part.filename is None:
                fields.setdefault(part.name, []).append(part.content.decode("utf-8").replace("\r\n", "\n"))
            else:
                files.setdefault(part.name, part)
    except ValueError:
        raise Refusal(422, codes.INVALID_SHAPE, "This is not a form of ours.") from None
    return SentForm(fields, files)
