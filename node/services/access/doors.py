"""The doors: what somebody shows to be let in, or to prove that it is still them, and what comes of it.

Rules here: what is right is used up in one write with what it opens. What is wrong is one refusal, whatever
was wrong with it. While the pages are locked only a link from the terminal opens them.
"""

from collections.abc import Callable
from dataclasses import field
from typing import Final

from node.core import codes
from node.core.passphrases import MOST, spelling
from node.core.recovery import read_words
from node.services.access import passkeys, persons, sessions
from node.services.access.challenges import Challenges
from node.services.access.hashing import SlowHashes
from node.services.access.kit_checks import KitChecks
from node.services.access.passkeys import Checked, Site
from node.services.access.sessions import Opened, Way
from node.services.acting import Acting, Residents
from node.storage import credentials
from node.storage.credentials import AccessMark, KitRow, PasskeyRow, PasswordRow
from node.storage.session import Session
from node.storage.store import Store
from protocol.errors import Forbidden, NotFound
from protocol.values import dataclass

__all__ = ["SIGNING_IN", "Browser", "Doors", "KitRow", "Means", "PasskeyRow", "PasswordRow"]

SIGNING_IN: Final = "sign in"
"""What a challenge for signing in is for; one for anything else names a sign-in too."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What comes in: what it seems to be, and the secret of the sign-in that it had, which ends."""

    device: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Means:
    """What a person can show that it is them."""

    passkeys: tuple[PasskeyRow, ...]
    has_password: bool

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return self.has_password or bool(self.passkeys)


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors of one node."""

    store: Store
    residents: Residents
    challenges: Challenges
    hashes: SlowHashes
    kit_checks: KitChecks = field(default_factory=KitChecks)

    def challenge(self, purpose: str) -> bytes:
        """Return a challenge for a purpose."""
        return self.challenges.new(purpose, nonce=self.residents.salt(), now=self.residents.clock())

    async def means(self, person: str) -> Means:
        """Return what a person can show."""

        def look(session: Session) -> Means:
            found = credentials.list_passkeys(session, person)
            return Means(tuple(found), credentials.load_password(session, person) is not None)

        return await self.store.read(look)

    # --- signing in ----------------------------------------------------------------------------------

    async def enter_by_passkey(self, said: str, site: Site, browser: Browser) -> Opened:
        """Sign in whose passkey signed.

        Raises:
            Forbidden: `passkey-refused`, `node-access-locked`.
        """
        checked = await self.check_passkey(said, site, SIGNING_IN)
        now = self.residents.clock()
        acting = self._at(checked.passkey.handle, checked.passkey.person)
        return await self._enter(
            acting, Way.PASSKEY, browser, lambda session: passkeys.use(session, checked, now=now)
        )

    async def enter_by_password(
        self, handle: str, password: str, browser: Browser, *, name: str = ""
    ) -> Opened:
        """Sign in whose password this is: the owner's, or of the team's person with this name.

        Raises:
            Forbidden: `credentials-wrong`, `node-access-locked`. Limited: many are being checked.
        """
        person = await self._person(handle, name) if name else handle
        row = await self.check_password(person, password)

        def use(session: Session) -> None:
            if credentials.load_password(session, person) != row:  # it was changed or taken away meanwhile
                raise Forbidden(codes.CREDENTIALS_WRONG)

        return await self._enter(self._at(handle, person), Way.PASSWORD, browser, use)

    async def _person(self, handle: str, name: str) -> str:
        """Return the id of who has this name, empty for nobody; that is told to no one."""
        acting = self._at(handle)
        try:
            return (await self.store.read(lambda session: persons.find(session, acting, name))).id
        except NotFound:
            return ""  # no person has this id: the file refuses it

    async def enter_by_words(self, handle: str, text: str, browser: Browser) -> Opened:
        """Sign in whose recovery words these are, and use them up.

        Raises:
            Unprocessable: `recovery-words`, they are not twelve of the list. Otherwise as by password.
        """
        words = " ".join(read_words(text))
        kit = await self.store.read(lambda session: credentials.load_kit(session, handle))
        hash = None if kit is None else kit.hash
        if not await self.hashes.matches(words, hash):
            raise Forbidden(codes.CREDENTIALS_WRONG)

        def use(session: Session) -> None:
            if hash is None or not credentials.use_kit(session, hash):
                raise Forbidden(codes.CREDENTIALS_WRONG)

        return await self._enter(self._at(handle, handle), Way.WORDS, browser, use)

    async def _enter(
        self, acting: Acting, how: Way, browser: Browser, use: Callable[[Session], None]
    ) -> Opened:
        def enter(session: Session) -> Opened:
            if credentials.marked_at(session, AccessMark.LOCKED) is not None:
                raise Forbidden(codes.NODE_ACCESS_LOCKED)
            use(session)
            return sessions.open(session, acting, how=how, device=browser.device, instead_of=browser.secret)

        return await self.store.write(enter)

    # --- proving that it is still them ---------------------------------------------------------------

    async def step_up_by_passkey(self, id: str, handle: str, person: str, said: str, site: Site) -> Opened:
        """Note that the person of a sign-in has shown a passkey of theirs; its secret changes.

        Raises:
            Forbidden: `passkey-refused`. NotFound: the sign-in has ended meanwhile.
        """
        checked = await self.check_passkey(said, site, id)
        if checked.passkey.person != person:
            raise Forbidden(codes.PASSKEY_REFUSED)
        acting = self._at(handle, person)

        def step_up(session: Session) -> Opened:
            passkeys.use(session, checked, now=acting.now)
            return sessions.step_up(session, acting, id)

        return await self.store.write(step_up)

    async def step_up_by_password(self, id: str, handle: str, person: str, password: str) -> Opened:
        """Note that the person of a sign-in has given their password; its secret changes.

        Raises:
            Forbidden: `credentials-wrong`. Limited: many are being checked. NotFound: as by passkey.
        """
        await self.check_password(person, password)
        acting = self._at(handle, person)
        return await self.store.write(lambda session: sessions.step_up(session, acting, id))

    # --- checking ------------------------------------------------------------------------------------

    async def check_passkey(self, said: str, site: Site, purpose: str) -> Checked:
        """Check what a passkey of ours signed, and use its challenge up.

        Raises:
            Forbidden: `passkey-refused`.
        """
        challenge, credential = passkeys.challenge_in(said), passkeys.credential_in(said)
        row = await self.store.read(lambda session: credentials.find_passkey(session, credential))
        if row is None or row.site != site.host:
            raise Forbidden(codes.PASSKEY_REFUSED)
        checked = passkeys.signed(said, site, challenge, row)
        self.challenges.redeem(challenge, purpose, now=self.residents.clock())
        return checked

    async def check_password(self, person: str, password: str) -> PasswordRow | None:
        """Check a person's password, and return it.

        Raises:
            Forbidden: `credentials-wrong`. Limited: many are being checked.
        """
        row = await self.store.read(lambda session: credentials.load_password(session, person))
        hash = None if row is None else row.hash
        if not await self.hashes.matches(spelling(password[: MOST + 1]), hash):
            raise Forbidden(codes.CREDENTIALS_WRONG)
        return row

    # --- what they are made with ---------------------------------------------------------------------

    def new_passkey(
        self, said: str, site: Site, purpose: str, handle: str, *, name: str, person: str = ""
    ) -> PasskeyRow:
        """Return the passkey that a browser has made, to be added; its challenge is used up.

        Raises:
            Forbidden: `passkey-refused`.
        """
        challenge = passkeys.challenge_in(said)
        row = passkeys.made(said, site, challenge, self._at(handle, person), name=name)
        self.challenges.redeem(challenge, purpose, now=self.residents.clock())
        return row

    async def new_password(self, person: str, password: str) -> PasswordRow:
        """Return a person's password, to be set. Raises: Limited."""
        hash = await self.hashes.make(spelling(password))
        return PasswordRow(person, hash, self.residents.clock())

    async def check_words(self, kit: KitRow, text: str) -> None:
        """Check that these are the recovery words; they are not used up.

        Raises:
            Unprocessable, Forbidden, Limited: as `enter_by_words`.
        """
        if not await self.hashes.matches(" ".join(read_words(text)), kit.hash):
            raise Forbidden(codes.CREDENTIALS_WRONG)

    async def new_kit(self, handle: str, words: str) -> KitRow:
        """Return recovery words, to be kept. Raises: Limited."""
        return KitRow(handle, await self.hashes.make(words), self.residents.clock())

    def _at(self, handle: str, person: str = "") -> Acting:
        """Let a resident act, now, by one of its people.

        Raises:
            Forbidden: `credentials-wrong`, there is none of that name.
        """
        if handle not in self.residents.owners:
            raise Forbidden(codes.CREDENTIALS_WRONG)
        return self.residents.at(handle, person=person)
