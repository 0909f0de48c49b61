"""Push: a browser of the owner's as an address at which the owner is told.

Rules here: a browser is told for as long as its sign-in is not ended by somebody: whoever signs it out, sets
another password or locks the node silences it at once. A sign-in that only grew old takes nothing with it:
the owner would miss what they wanted to hear, and know nothing of it. Who signs in anew in the same browser
keeps it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

from node.core.subscriptions import PushSubscription
from node.services.acting import Acting
from node.services.notices import channels
from node.storage import notices, push
from node.storage.push import PushDeviceRow
from node.storage.session import Session
from node.storage.store import Store

MEDIUM: Final = "push"
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_PRIVATE: Final = 32  # bytes


async def key(store: Store, acting: Acting) -> bytes:
    """Return the private key by which push services know this node; it is made when it is needed first."""
    known = await store.read(push.load_push_key)
    return await store.write(lambda session: _made_once(session, acting)) if known is None else known


def _made_once(session: Session, acting: Acting) -> bytes:
    known = push.load_push_key(session)  # another may have needed it in the same moment
    if known is not None:
        return known
    # 384 bits, so that no number is likelier than another.
    drawn = b"".join(urlsafe_b64decode(acting.salt() + "==") for _ in range(3))
    made = (int.from_bytes(drawn, "big") % (_ORDER - 1) + 1).to_bytes(_PRIVATE, "big")
    push.save_push_key(session, made, at=acting.now)
    return made


def public_half(private: bytes) -> str:
    """Return what a browser is to know of the key: the point, in base64url without padding."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    made = derive_private_key(int.from_bytes(private, "big"), SECP256R1()).public_key()
    point = made.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


def subscribe(
    session: Session, acting: Acting, said: PushSubscription, *, device: str, sign_in: str
) -> dict[str, Any]:
    """Tell the acting resident in the browser of a sign-in (its id) from now on.

    Raises:
        Conflict: `channels-full`.
    """
    config = {"endpoint": said.endpoint, "p256dh": said.p256dh, "auth": said.auth}
    known = notices.list_channels(session, acting.iri)
    own = push.load_device(session, sign_in)
    same = [
        row
        for row in known
        if row.medium == MEDIUM
        and (row.config.get("endpoint") == said.endpoint or (own is not None and row.id == own.channel))
    ]
    taken = {row.address for row in known if row.medium == MEDIUM}
    address = same[0].address if same else _free(device, taken)
    added = channels.add(session, acting, medium=MEDIUM, address=address, config=config)
    push.save_device(session, PushDeviceRow(sign_in, acting.iri, added["id"]))
    return added


def _free(device: str, taken: set[str]) -> str:
    """Name a device so that it is told apart from those before it."""
    numbered = (f"{device} ({number})" for number in range(2, channels.MOST + 2))
    return device if device not in taken else next(name for name in numbered if name not in taken)


def show(session: Session, acting: Acting, sign_in: str) -> dict[str, Any]:
    """Show in which browsers the acting resident is told; `own` is that of a sign-in, null if it is none."""
    told = [row for row in notices.list_channels(session, acting.iri) if row.medium == MEDIUM]
    device = push.load_device(session, sign_in)
    ids = {row.id for row in told}
    return {
        "items": [channels.view(row) for row in told],
        "own": device.channel if device is not None and device.channel in ids else None,
    }


def follow(session: Session, before: str, after: str) -> None:
    """Let the browser of a sign-in go on to be told in the one that takes its place."""
    device = push.load_device(session, before)
    if device is not None:
        push.save_device(session, PushDeviceRow(after, device.actor, device.channel))


def silence(session: Session, sign_in: str) -> None:
    """Tell nothing more in the browser of a sign-in that somebody has ended."""
    device = push.load_device(session, sign_in)
    if device is not None:
        notices.delete_channel(session, device.actor, device.channel)
        push.remove_device(session, sign_in)


def silence_person(session: Session, actor: str, person: str, *, but: str = "") -> None:
    """Tell nothing more in any browser of a person (their id), those of sign-ins that grew old among them.

    `but` is the sign-in whose browser is told on.
    """
    own = push.load_device(session, but)
    for row in notices.list_channels(session, actor):
        is_own = own is not None and own.channel == row.id
        if (row.medium, row.person) == (MEDIUM, person) and not is_own:
            notices.delete_channel(session, actor, row.id)


def silence_all(session: Session) -> None:
    """Tell nothing more in any browser."""
    for device in push.list_devices(session):
        silence(session, device.session)
