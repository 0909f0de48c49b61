"""A browser in small: keeps cookies, says where a form comes from, and sends the token of its sign-in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from multidict import CIMultiDictProxy

from tests.web.house import Answer, House

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass
class Browser:
    """One browser at one node."""

    house: House
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    key: str = ""
    name: str = "127.0.0.1"
    """By which name of this machine it comes."""

    @property
    def origin(self) -> str:
        """Where the pages are that it shows."""
        return f"http://{self.name}:{self.house.settings.port}"

    @property
    def secret(self) -> str:
        """The secret of its sign-in, or nothing."""
        return self.cookies.get(f"freehold-{self.house.settings.port}", "")

    async def get(self, path: str, **headers: str) -> Answer:
        """Get a page, and see the token in its forms."""
        answer = await self._send("GET", path, None, headers)
        self._see(answer)
        return answer

    async def post(self, path: str, *, token: str | None = None, **fields: str) -> Answer:
        """Send a form from a page of the node; `token` in place of the one last seen."""
        return await self.send_form(path, fields, token=token)

    async def send_form(
        self,
        path: str,
        fields: Mapping[str, str | Sequence[str]],
        *,
        token: str | None = None,
        **headers: str,
    ) -> Answer:
        """Send a form, with other headers than a page of the node would."""
        said = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
            "Origin": self.origin,
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"form_token": self.token if token is None else token, "form_key": self.key, **fields}
        kept = {name: value for name, value in said.items() if value}
        return await self._send("POST", path, urlencode(sent, doseq=True).encode(), kept)

    async def send(self, path: str, body: str, media_type: str) -> Answer:
        """Send what a page of the node would send in another form, as one with a file is."""
        said = {"Content-Type": media_type, "Sec-Fetch-Site": "same-origin", "Origin": self.house.origin}
        return await self._send("POST", path, body.encode(), said)

    async def sign_in(self, *, person: str = "", **query: str) -> Answer:
        """Sign in by a link that the owner made, for themselves or for a person of the team."""
        made = await self.house.owner("POST", "/sessions/links", {"person": person} if person else None)
        path = urlsplit(made.json["url"]).path
        await self.get(path)
        answer = await self.post(f"{path}?{urlencode(query)}" if query else path)
        assert answer.status == 303, answer.body
        return answer

    async def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        host = urlsplit(self.origin).netloc
        said = {"Accept": PAGE, "User-Agent": FIREFOX, "Host": host} | headers
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.house.request(method, path, body, said)
        assert isinstance(answer.headers, CIMultiDictProxy)
        set_here = [SimpleCookie(line) for line in answer.headers.getall("Set-Cookie", [])]
        for cookie in (cookie for line in set_here for cookie in line.values()):
            if cookie.value and cookie["max-age"] != "0":
                self.cookies[cookie.key] = cookie.value
            else:
                self.cookies.pop(cookie.key, None)
        return answer

    def _see(self, answer: Answer) -> None:
        """See what the forms of a page carry."""
        text = answer.body.decode(errors="replace")  # packed, if a test asked for that
        for name in ("form_token", "form_key"):
            found = re.search(f'name="{name}" value="([^"]*)"', text)
            if found:
                setattr(self, name.removeprefix("form_"), unescape(found[1]))


def asked(answer: Answer, how: str) -> str:
    """Return what a page has a browser ask an authenticator for, as JSON; `how` is get or create."""
    found = re.search(rf'data-ask="([^"]*)" data-how="{how}"', answer.body.decode())
    assert found, answer.body
    return unescape(found[1])
