"""Where webhooks may lead: nowhere that everything else may not, but for hosts that the owner named."""

import pytest

from node.core import codes
from node.core.addresses import Reach
from node.core.hook_reach import NAMED_REACH, HookReach, host_of
from protocol.errors import Unprocessable

PUBLIC = HookReach(Reach(), frozenset())
NAMING = HookReach(Reach(), frozenset({"127.0.0.1", "10.0.0.7", "crm.example", "::1", "169.254.169.254"}))


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/a?token=x", "https://93.184.216.34/", "https://[2606:2800:220:1::1]/",
        "https://localhost/x",  # where a name leads is seen when it is dialled
    ],
)  # fmt: skip
def test_the_public_internet_is_within_reach(url: str) -> None:
    assert PUBLIC.check(url) == url
    assert not PUBLIC.names(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://hooks.example/", "hooks.example", "http://hooks.example/", "http://127.0.0.1/",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://10.0.0.7/",
        "https://169.254.169.254/latest", "https://2130706433/", "https://0x7f.1/", "https://a@hooks.example/",
        "https://hooks.example/#a", "https://hooks.example:25/", "https://hooks.example/\n",
    ],
)  # fmt: skip
def test_what_is_not_is_refused(url: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        PUBLIC.check(url)
    assert caught.value.code == codes.WEBHOOK_ADDRESS


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/",
        "https://127.0.0.1/",
        "https://10.0.0.7/",
        "https://CRM.example/",
        "https://[::1]/",
    ],
)
def test_a_host_that_is_named_is_within_reach(url: str) -> None:
    assert NAMING.check(url) == url
    assert NAMING.names(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.2/", "https://10.0.0.8/", "http://10.0.0.7/", "http://crm.example/",
        "https://169.254.169.254/", "http://localhost/",
    ],
)  # fmt: skip
def test_naming_one_names_no_other_and_no_metadata_service(url: str) -> None:
    with pytest.raises(Unprocessable):
        NAMING.check(url)


def test_a_name_leads_where_its_owner_says_but_to_no_metadata_service() -> None:
    assert [NAMED_REACH.why_not_address(one) for one in ("127.0.0.1", "10.1.2.3", "::1", "fd12::1")] == [
        None
    ] * 4
    assert NAMED_REACH.why_not_address("169.254.169.254") is not None
    assert NAMED_REACH.why_not_address("fd00:ec2::254") is not None


def test_a_host_is_read_from_its_address() -> None:
    assert host_of("https://[2606:2800:220:1::1]:8443/a") == "2606:2800:220:1::1"
    assert host_of("https://Hooks.Example/") == "hooks.example"
