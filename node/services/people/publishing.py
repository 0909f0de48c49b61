"""Publishing: the members of a profile that its owner lets everybody read, in the actor's document.

Rules that hold here:

- Nothing is public that was not named; what is published is what the preview shows.
- The actor's document changes at once, and followers are told by an `Update`. What others have read is
  out of our hands, also after it is taken back.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypedDict

from node.core.publications import Publication, choose, outdated
from node.services.acting import Acting, LocalActor
from node.services.describing import document, update
from node.services.ledger.recording import publish as send_to_followers
from node.services.people.actors import statements
from node.services.people.profiles import show as show_profile
from node.storage import profiles
from node.storage.session import Session
from protocol.strictjson import Document
from protocol.vocabulary import PUBLIC

PUBLISHED: Final = "profile.published"


class PublicShown(TypedDict):
    """What of a profile is public, the actor's document with it, and what the profile says otherwise."""

    members: Publication
    document: Document
    outdated: Sequence[str]


def show(session: Session, acting: Acting) -> PublicShown:
    """Show what is public."""
    row = profiles.load_publication(session, acting.iri)
    return _shown(session, acting, {} if row is None else row.members)


def preview(session: Session, acting: Acting, members: Sequence[str]) -> PublicShown:
    """Show what would be public if these members were published; nothing is kept.

    Raises:
        Unprocessable: `not-publishable`.
    """
    return _shown(session, acting, choose(show_profile(session, acting), members))


def publish(session: Session, acting: Acting, members: Sequence[str]) -> PublicShown:
    """Let everybody read these members of the profile and no others; none takes all of them back.

    Raises:
        Unprocessable: `not-publishable`.
    """
    shown = preview(session, acting, members)
    publication = shown["members"]
    activity = update(acting, _stating(acting, publication), PUBLIC, f"{acting.iri}/followers")
    send_to_followers(session, acting, PUBLISHED, activity, {"members": publication})
    return shown


def _shown(session: Session, acting: Acting, publication: Publication) -> PublicShown:
    return {
        "members": publication,
        "document": document(_stating(acting, publication)),
        "outdated": outdated(show_profile(session, acting), publication),
    }


def _stating(acting: Acting, publication: Publication) -> LocalActor:
    """Return the acting actor with what is public of its profile."""
    return replace(acting.owner, actor=replace(acting.owner.actor, statements=statements(publication)))
