"""The owner's profile: show it, set it, take it over from a vCard, publish parts of it, take it away."""

import asyncio
from typing import Final

from node.services.ledger.idempotency import Shown
from node.services.people import names, profiles, publishing
from node.services.people.profiles import Format
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads
from node.web.api.parameters import choice
from node.web.edge.authentication import Scope
from protocol.strictjson import Document
from protocol.vocabulary import VCARD

LIMIT_BYTES: Final = 8_388_608  # 8 MB: a card carries its pictures, which are passed over

_MEDIA_TYPES: Final = {
    Format.JSON_LD: "application/ld+json",
    Format.TURTLE: "text/turtle; charset=utf-8",
    Format.N_TRIPLES: "application/n-triples; charset=utf-8",
}


async def set_(call: ApiCall) -> Document | RawResponse:
    """Replace the profile."""
    prepared = await asyncio.to_thread(profiles.prepare, call.acting, call.body)
    return await call.write(lambda session: profiles.set(session, call.acting, prepared))


async def rename(call: ApiCall) -> Document | RawResponse:
    """Change the name under which others see the acting actor."""
    name = call.body["name"]
    given = await call.write(lambda session: names.rename(session, call.acting, name))
    await call.runtime.reload_owners()
    return given


async def import_(call: ApiCall) -> Document | RawResponse:
    """Take over what a vCard says."""
    known = await call.read(lambda session: profiles.show(session, call.acting))
    prepared = await asyncio.to_thread(profiles.prepare_vcard, call.acting, known, call.text)
    return await call.write(lambda session: profiles.set(session, call.acting, prepared, known=known))


async def export(call: ApiCall) -> RawResponse:
    """Give the profile in a format of the linked-data world."""
    format = call.query.get("format", Format.JSON_LD)
    written = await call.read(lambda session: profiles.export(session, call.acting, format))
    return RawResponse(written.encode(), media_type=_MEDIA_TYPES[format])


async def publish(call: ApiCall) -> Shown | RawResponse:
    """Publish members of the profile, and no others."""
    members = call.body["members"]
    given = await call.write(lambda session: publishing.publish(session, call.acting, members))
    await call.runtime.reload_owners()
    return given


OPERATIONS: Final = (
    Operation(
        name="profile_show",
        method="GET",
        path="/profile",
        handler=Reads(profiles.show),
        summary="Show your profile.",
        answer="Profile",
    ),
    Operation(
        name="profile_set",
        method="PUT",
        path="/profile",
        handler=set_,
        scope=Scope.WRITE,
        summary="Replace your profile by this document of schema.org.",
        body="ProfileMembers",
        answer="Profile",
    ),
    Operation(
        name="profile_rename",
        method="PUT",
        path="/name",
        handler=rename,
        scope=Scope.WRITE,
        summary="Change the name under which others see you, and tell those who know you.",
        body="Name",
        answer="Renamed",
    ),
    Operation(
        name="profile_import",
        method="POST",
        path="/profile/import",
        handler=import_,
        scope=Scope.WRITE,
        summary="Take over what a vCard says, on top of what is known.",
        takes=(VCARD,),
        limit_bytes=LIMIT_BYTES,
        answer="Profile",
    ),
    Operation(
        name="profile_export",
        method="GET",
        path="/profile/export",
        handler=export,
        summary="Get your profile as JSON-LD, Turtle or N-Triples.",
        query=(choice("format", "The format; JSON-LD if left out.", *Format),),
        answer="application/ld+json",
    ),
    Operation(
        name="profile_show_public",
        method="GET",
        path="/profile/public",
        handler=Reads(publishing.show),
        summary="Show what of your profile everybody can read, in your actor's document.",
        answer="PublicProfile",
    ),
    Operation(
        name="profile_preview",
        method="POST",
        path="/profile/public/preview",
        handler=Reads(publishing.preview),
        summary="See what everybody could read if these members were published.",
        body="PublishedMembers",
        answer="PublicProfile",
        errors=(422,),
    ),
    Operation(
        name="profile_publish",
        method="PUT",
        path="/profile/public",
        handler=publish,
        scope=Scope.WRITE,
        summary="Publish these members of your profile and no others; none takes all back.",
        body="PublishedMembers",
        answer="PublicProfile",
        errors=(422,),
    ),
)
