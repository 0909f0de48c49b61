"""A virtual authenticator: to the browser it is a fingerprint reader, and it finds its owner's finger."""

from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import CDPSession, Page

_OPTIONS: Final = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True, slots=True)
class Authenticator:
    """One in one page; it keeps the passkeys that are made there."""

    session: CDPSession
    id: str

    async def passkeys(self) -> list[dict[str, Any]]:
        """Return the passkeys it holds, each with `rpId` and `signCount`."""
        held = await self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(held["credentials"])

    async def recognise(self, *, owner: bool) -> None:
        """Say whether it finds its owner's finger from now on."""
        finger = {"authenticatorId": self.id, "isUserVerified": owner}
        await self.session.send("WebAuthn.setUserVerified", finger)


async def plug_in(page: Page) -> Authenticator:
    """Give a page's browser an authenticator."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": _OPTIONS})
    return Authenticator(session, added["authenticatorId"])
