from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.settings import Settings, SettingsError, Source, data_folder, describe, load, shown

PUBLIC = {"origin": "https://node.example"}


def refusal(
    flags: dict[str, object], environment: dict[str, str] | None = None, toml: str | None = None
) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(flags, environment or {}, toml)
    return caught.value


# --- where a value comes from ----------------------------------------------------------------------


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default() -> None:
    toml = 'origin = "https://node.example"\nport = 1\nhandle = "file"\nname = "file"\n'
    environment = {"FREEHOLD_PORT": "2", "FREEHOLD_HANDLE": "environment"}
    settings = load({"port": 3}, environment, toml)
    assert (settings.port, settings.handle, settings.name, settings.kind) == (
        3,
        "environment",
        "file",
        "person",
    )
    assert settings.origins["port"] is Source.FLAG
    assert settings.origins["handle"] is Source.ENVIRONMENT
    assert settings.origins["name"] is Source.FILE
    assert settings.origins["kind"] is Source.DEFAULT


def test_a_flag_that_was_not_given_says_nothing() -> None:
    assert load({"port": None, **PUBLIC}, {}, None).port == 8420


def test_every_setting_has_an_origin() -> None:
    settings = load(PUBLIC, {}, None)
    assert set(settings.origins) == {item.name for item in fields(Settings)} - {"origins", "links"}


@pytest.mark.parametrize(
    ("flags", "environment", "folder"),
    [
        ({"data": "/a"}, {"FREEHOLD_DATA": "/b"}, "/a"),
        ({"data": Path("/a")}, {}, "/a"),
        ({}, {"FREEHOLD_DATA": "/b", "HOME": "/c"}, "/b"),
        ({}, {"XDG_DATA_HOME": "/x", "HOME": "/c"}, "/x/freehold"),
        ({}, {"HOME": "/c"}, "/c/.local/share/freehold"),
        ({}, {}, ".local/share/freehold"),
    ],
)
def test_the_data_folder_is_known_before_the_file_is_read(
    flags: dict[str, object], environment: dict[str, str], folder: str
) -> None:
    assert data_folder(flags, environment) == Path(folder)
    assert load({**flags, **PUBLIC}, environment, None).data == Path(folder)


def test_variables_of_others_are_left_alone() -> None:
    load(PUBLIC, {"PATH": "/bin", "FREEHOLD_TOKEN": "secret", "FREEHOLD_NODE": "https://node.example"}, None)


# --- what is refused, and in which words -----------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "environment", "toml", "key", "source", "line"),
    [
        ({"prot": 1}, {}, None, "prot", Source.FLAG, None),
        ({}, {"FREEHOLD_PROT": "1"}, None, "FREEHOLD_PROT", Source.ENVIRONMENT, None),
        ({}, {}, "# a comment\nprot = 1", "prot", Source.FILE, 2),
        ({}, {}, "[server]\nport = 1", "server", Source.FILE, 1),
        ({}, {}, 'x = 1\ndata = "/elsewhere"', "x", Source.FILE, 1),
        ({}, {}, '\ndata = "/elsewhere"', "data", Source.FILE, 2),
        ({}, {}, "port = ", "freehold.toml", Source.FILE, 1),
        ({}, {}, 'handle = "me"\nport = 1\nport = 2', "freehold.toml", Source.FILE, 3),
        ({}, {}, 'handle = "never closed', "freehold.toml", Source.FILE, 1),
        ({}, {}, '\n\nport = "many"', "port", Source.FILE, 3),
        ({"data": ""}, {}, None, "data", Source.FLAG, None),
        ({}, {"FREEHOLD_DATA": " "}, None, "data", Source.ENVIRONMENT, None),
    ],
)
def test_lo_10_an_error_names_the_key_and_where_it_stands(
    flags: dict[str, object],
    environment: dict[str, str],
    toml: str | None,
    key: str,
    source: Source,
    line: int | None,
) -> None:
    error = refusal(flags, environment, toml)
    assert (error.key, error.source, error.line) == (key, source, line)
    assert error.hint
    assert str(error).startswith(f"{key} (")


WRONG = [
    ("port", 0),
    ("port", 65_536),
    ("port", "8420 "),
    ("port", "-1"),
    ("port", "٣"),
    ("port", "9" * 100_000),
    ("port", True),
    ("port", 1.5),
    ("port", [1]),
    ("dev", "maybe"),
    ("dev", 1),
    ("kind", "robot"),
    ("kind", 1),
    ("handle", ""),
    ("handle", "Me"),
    ("handle", "me too"),
    ("handle", "../../etc"),
    ("handle", "-me"),
    ("handle", "m" * 33),
    ("handle", "me\n"),
    ("handle", 7),
    ("name", "line\nbreak"),
    ("name", "n" * 501),
    ("name", 7),
    ("data", "a\0b"),
    ("data", 7),
    ("trusted_proxies", "10.0.0.0/8, nonsense"),
    ("trusted_proxies", "10.0.0.1/8"),
    ("trusted_proxies", 7),
    ("origin", "other.example"),
    ("origin", "ftp://node.example"),
    ("origin", "file:///etc/passwd"),
    ("origin", "https://node.example/path"),
    ("origin", "https://node.example?q"),
    ("origin", "https://node.example#f"),
    ("origin", "https://user@node.example"),
    ("origin", "https://node.example:0"),
    ("origin", "https://node.example:99999"),
    ("origin", "https://[::1"),
    ("origin", "https://[zz::1]"),
    ("origin", "https://ⓔxample.com"),
    ("origin", "https://-node.example"),
    ("origin", "https://" + "a." * 130 + "example"),
    ("origin", "https://"),
    ("origin", 7),
    ("body_limit_bytes", 100),
    ("log_level", "loud"),
]


@pytest.mark.parametrize(
    ("key", "value"), WRONG, ids=lambda value: str(value)[:24].encode("unicode_escape").decode()
)
def test_a_value_out_of_its_range_is_refused_and_not_repeated(key: str, value: object) -> None:
    error = refusal({**PUBLIC, key: value})
    assert error.key == key
    assert error.source is Source.FLAG
    if isinstance(value, str) and len(value) > 4 and value not in PUBLIC["origin"]:
        assert value not in str(error)


@given(st.text(max_size=40), st.sampled_from([described.key for described in describe()]))
def test_any_text_is_read_or_refused_by_name(text: str, key: str) -> None:
    try:
        refused = "" if load({**PUBLIC, key: text}, {}, None) else key
    except SettingsError as error:
        refused = error.key
    assert refused in {"", key, "origin", "dev"}  # what remains may not fit together


# --- what is understood ----------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["true", "True", "1", "yes", "on"])
def test_yes_in_the_environment(word: str) -> None:
    assert load({}, {"FREEHOLD_DEV": word}, None).dev


@pytest.mark.parametrize("word", ["false", "0", "No", "off"])
def test_no_in_the_environment(word: str) -> None:
    assert not load(PUBLIC, {"FREEHOLD_DEV": word}, None).dev


@pytest.mark.parametrize("given_as", ["10.0.0.0/8, ::1,", ["10.0.0.0/8", "::1"], ("10.0.0.0/8", "::1")])
def test_networks_in_text_or_list(given_as: object) -> None:
    settings = load({**PUBLIC, "trusted_proxies": given_as}, {}, None)
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://Node.Example/", "https://node.example"),
        ("https://node.example:443", "https://node.example"),
        ("https://node.example:8443", "https://node.example:8443"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_origin_has_one_spelling(written: str, normal: str) -> None:
    assert load({"origin": written}, {}, None).origin == normal


# --- what fits together ----------------------------------------------------------------------------


def test_ss_22_development_is_for_loopback_only() -> None:
    error = refusal({"dev": True, "host": "0.0.0.0"})
    assert (error.key, error.source) == ("dev", Source.FLAG)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1", "http://127.0.0.1:8420"),
        ("localhost", "http://localhost:8420"),
        ("::1", "http://[::1]:8420"),
    ],
)
def test_a_development_node_finds_its_own_origin(host: str, origin: str) -> None:
    assert load({"dev": True, "host": host}, {}, None).origin == origin


def test_a_public_node_needs_to_be_told_its_origin() -> None:
    error = refusal({})
    assert (error.key, error.source) == ("origin", Source.DEFAULT)


def test_the_origin_is_https_except_in_development() -> None:
    assert refusal({"origin": "http://127.0.0.1:8420"}).key == "origin"
    assert refusal({"origin": "http://node.example", "dev": True}).key == "origin"
    assert load({"origin": "http://localhost:9", "dev": True}, {}, None).origin == "http://localhost:9"
    assert (
        load({"origin": "https://tunnel.example", "dev": True}, {}, None).origin == "https://tunnel.example"
    )


# --- the reference page ----------------------------------------------------------------------------


def test_every_setting_is_described() -> None:
    described = {item.key: item for item in describe()}
    assert set(described) == {item.name for item in fields(Settings)} - {"origins", "links"}
    assert all(len(item.meaning) > 10 for item in described.values())
    assert described["body_limit_bytes"].unit == "bytes"
    assert described["port"].variable == "FREEHOLD_PORT"


def test_a_shown_default_reads_back_as_itself() -> None:
    environment = {item.variable: item.default for item in describe() if item.key not in {"data", "origin"}}
    assert load(PUBLIC, environment, None) == load(PUBLIC | {"data": data_folder({}, environment)}, {}, None)


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), ((ip_network("10.0.0.0/8"), ip_network("::1")), "10.0.0.0/8,::1/128"), (7, "7")],
)
def test_values_are_shown_as_they_would_be_typed(value: object, text: str) -> None:
    assert shown(value) == text


KUBERNETES = {
    "FREEHOLD_SERVICE_HOST": "10.0.0.5",
    "FREEHOLD_SERVICE_PORT": "8420",
    "FREEHOLD_SERVICE_PORT_HTTP": "8420",
    "FREEHOLD_PORT": "tcp://10.0.0.5:8420",
    "FREEHOLD_PORT_8420_TCP": "tcp://10.0.0.5:8420",
    "FREEHOLD_PORT_8420_TCP_PROTO": "tcp",
    "FREEHOLD_PORT_8420_TCP_PORT": "8420",
    "FREEHOLD_PORT_8420_TCP_ADDR": "10.0.0.5",
    "FREEHOLD_SHOP_SERVICE_HOST": "10.0.0.6",
    "FREEHOLD_SHOP_PORT": "tcp://10.0.0.6:8420",
    "FREEHOLD_SHOP_PORT_8420_TCP_ADDR": "10.0.0.6",
    "FREEHOLD_1_ENV_PATH": "/usr/bin",
}


def test_what_a_platform_for_containers_sets_is_passed_over_and_named() -> None:
    loaded = load(PUBLIC, KUBERNETES, None)
    assert (loaded.port, loaded.origins["port"]) == (8420, Source.DEFAULT)
    assert loaded.links == tuple(sorted(KUBERNETES))
    assert load(PUBLIC, KUBERNETES | {"FREEHOLD_PORT": "9000"}, None).port == 9000


@pytest.mark.parametrize("name", ["FREEHOLD_SERVICE", "FREEHOLD_SHOP_PORT", "FREEHOLD_PORT_TCP"])
def test_what_only_looks_like_that_is_no_setting(name: str) -> None:
    with pytest.raises(SettingsError, match="is no setting"):
        load(PUBLIC, {name: "8420"}, None)


def test_what_was_meant_by_a_misspelt_setting_is_asked() -> None:
    with pytest.raises(SettingsError) as refused:
        load(PUBLIC, {}, "trustd_proxies = []")
    assert refused.value.hint.startswith("Did you mean trusted_proxies? Known are: ")
    with pytest.raises(SettingsError) as refused:
        load(PUBLIC, {"FREEHOLD_CAFILE": "ca.crt"}, None)
    assert refused.value.hint.startswith("Did you mean FREEHOLD_CA_FILE? Unset it")
    with pytest.raises(SettingsError) as refused:
        load(PUBLIC, {}, "xyzzy = 1")
    assert refused.value.hint.startswith("Known are: ")


def test_networks_of_ipv4_inside_ipv6_are_those_of_ipv4() -> None:
    written = "10.0.0.0/8, ::ffff:192.168.1.0/120, fd00::/8, 192.0.2.7"
    loaded = load({**PUBLIC, "allowed_networks": written}, {}, None)
    assert [str(one) for one in loaded.allowed_networks] == [
        "10.0.0.0/8", "192.168.1.0/24", "fd00::/8", "192.0.2.7/32",
    ]  # fmt: skip
    for wrong in ("10.0.0.1/8", "home", "10.0.0.0/33", "10.0.0.0-10.0.0.9"):
        with pytest.raises(SettingsError, match="list of addresses or networks"):
            load({**PUBLIC, "allowed_networks": wrong}, {}, None)


def test_hosts_are_named_whole_and_read_in_one_spelling() -> None:
    written = "CRM.example, 10.0.0.7, [fd00::1], crm.example, "
    loaded = load({**PUBLIC, "webhook_hosts": written}, {}, None)
    assert loaded.webhook_hosts == ("10.0.0.7", "crm.example", "fd00::1")
    assert load({**PUBLIC, "webhook_hosts": ["localhost"]}, {}, None).webhook_hosts == ("localhost",)
    for wrong in ("10.0.0.0/8", "crm.example:8080", "*.example", "https://crm.example", "fd00::g", 7):
        with pytest.raises(SettingsError, match="list of hosts"):
            load({**PUBLIC, "webhook_hosts": wrong}, {}, None)


def test_a_file_of_authorities_is_a_path() -> None:
    assert load({**PUBLIC, "ca_file": "/etc/home-ca.pem"}, {}, None).ca_file == "/etc/home-ca.pem"
    with pytest.raises(SettingsError, match="path of a file"):
        load(PUBLIC, {}, "ca_file = 7")
