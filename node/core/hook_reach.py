"""How far webhooks may lead: as far as all that leaves this node, and to hosts that the owner named.

Rules here: a host is named by itself, whole, in the owner's settings and nowhere else; what a peer, a page
or a program of the owner's gives as an address opens nothing. A named host may be this machine or lie in a
private network; the metadata services of clouds stay out of reach under any name. Plain http is for this
machine alone.
"""

from ipaddress import ip_network
from typing import Final

from node.core import codes
from node.core.addresses import Reach
from protocol.errors import Unprocessable
from protocol.iris import check_iri, origin
from protocol.values import dataclass

NAMED_REACH: Final = Reach(allow_loopback_http=True, allowed=(ip_network("0.0.0.0/0"), ip_network("::/0")))
"""What a named host's name may lead to."""
_UNREADABLE: Final = "not an IP address"


@dataclass(frozen=True, slots=True)
class HookReach:
    """Where webhooks may lead: within `reach`, and to `hosts` (names, addresses) wherever they are."""

    reach: Reach
    hosts: frozenset[str]

    def names(self, url: str) -> bool:
        """Tell whether an address is at one of the hosts that the owner named.

        Raises:
            Unprocessable: `iri-invalid`, it is no address.
        """
        return host_of(url) in self.hosts

    def check(self, url: str) -> str:
        """Return an address to which webhooks may be posted; where a name leads is seen when it is dialled.

        Raises:
            Unprocessable: `webhook-address`.
        """
        try:
            named = self.names(url)
            check_iri(url, allow_http=named or self.reach.allow_loopback_http)
        except Unprocessable:
            raise Unprocessable(codes.WEBHOOK_ADDRESS) from None
        reach = NAMED_REACH if named else self.reach
        if reach.why_not_address(host_of(url)) not in {None, _UNREADABLE}:
            raise Unprocessable(codes.WEBHOOK_ADDRESS)
        return url


def host_of(url: str) -> str:
    """Return the host of an address in lower case, that of IPv6 without brackets.

    Raises:
        Unprocessable: `iri-invalid`, it is no address.
    """
    return origin(url).host.strip("[]")
