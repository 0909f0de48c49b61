"""The mapping of a CRM: what it may say, what it is refused for, and how values are spelled."""

import pytest

from node.core.crm_mapping import (
    LIMIT_BYTES,
    LIMIT_FIELDS,
    SOURCES,
    CrmMapping,
    FieldOwner,
    MappedField,
    Transform,
    check_against,
    read_mapping,
    write_value,
)
from node.core.records import CrmDescription, CrmField, KindDescription, RecordKind
from node.crm import registry
from protocol.errors import Unprocessable

HEAD = "version = 1\n"
FIELD = '[[customer]]\nfrom = "name"\nto = "name"\npurpose = "to negotiate"\n'


def mapped(transform: Transform = Transform.TEXT, *sources: str) -> MappedField:
    return MappedField(
        sources=sources or ("name",),
        target="x",
        owner=FieldOwner.CUSTOMER,
        transform=transform,
        purpose="p",
    )


def test_a_mapping_is_read_whole() -> None:
    mapping = read_mapping(
        HEAD + 'to_customer = "!send"\nnotice = "P3M"\n' + FIELD + 'owner = "newest"\ntransform = "upper"\n'
    )
    (field,) = mapping.of(RecordKind.CUSTOMER)
    assert (field.sources, field.target, field.owner) == (("name",), "name", FieldOwner.NEWEST)
    assert (field.transform, field.purpose) == (Transform.UPPER, "to negotiate")
    assert (mapping.to_customer, mapping.notice) == ("!send", "P3M")
    assert mapping.of(RecordKind.INVOICE) == ()


def test_what_is_left_out_is_as_it_is_for_most() -> None:
    mapping = read_mapping(HEAD + FIELD)
    (field,) = mapping.of(RecordKind.CUSTOMER)
    assert (field.owner, field.transform) == (FieldOwner.CUSTOMER, Transform.TEXT)
    assert (mapping.to_customer, mapping.notice) == ("@customer", "")


@pytest.mark.parametrize("name", registry.names())
def test_every_shipped_mapping_can_be_used_unedited(name: str) -> None:
    assert read_mapping(registry.default_mapping(name)).of(RecordKind.OPPORTUNITY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * (LIMIT_BYTES + 1), "64 KB"),
        ("version =", "no TOML"),
        ("version = 1\nx = " + "[" * 30_000, "nested too deeply"),
        (FIELD, "version = 1"),
        ("version = 2\n" + FIELD, "version = 1"),
        (HEAD + "to_customer = 1\n", "one word"),
        (HEAD + 'to_customer = "two words"\n', "one word"),
        (HEAD + 'to_customer = " "\n', "one word"),
        (HEAD + 'notice = "soon"\n', "notice is a duration"),
        (HEAD + "notice = 1\n", "notice is a duration"),
        (HEAD + "strangers = -1\n", "a number, or"),
        (HEAD + "strangers = true\n", "a number, or"),
        (HEAD + "strangers = 1000001\n", "a number, or"),
        (HEAD + 'strangers = "some"\n', "a number, or"),
        (HEAD + '[[ghost]]\nfrom = "name"\n', "no kind of record"),
        (HEAD + '[[invoice]]\nfrom = "name"\n', "no kind of record"),
        (HEAD + "customer = []\n", "1 to 64 fields"),
        (HEAD + "customer = 1\n", "1 to 64 fields"),
        (HEAD + "customer = [1]\n", "table of texts"),
        (HEAD + FIELD + "owner = 1\n", "table of texts"),
        (
            HEAD + FIELD + 'colour = "red"\n',
            "no member 'colour': it has from, owner, purpose, to, transform.",
        ),
        (HEAD + 'to_custommer = "@x"\n', "beside them stand version, to_customer, notice and strangers"),
        (HEAD + '[[customer]]\nto = "name"\npurpose = "p"\n', "names its from"),
        (HEAD + '[[customer]]\nfrom = "name"\npurpose = "p"\n', "names its to"),
        (HEAD + '[[customer]]\nfrom = "name"\nto = "name"\n', "names its purpose"),
        (HEAD + FIELD + FIELD, "same one of the CRM"),
        (HEAD + FIELD.replace('"name"', '"limit_price"', 1), "limit_price never leaves the node"),
        (HEAD + FIELD.replace('"name"', '"notes"', 1), "notes never leaves the node"),
        (HEAD + FIELD.replace('"name"', '"birthday"', 1), "no 'birthday': there is address, handle, name."),
        (HEAD + FIELD.replace('"name"', '["name", ["x"]]', 1), "there is no"),
        (HEAD + FIELD.replace('"name"', '["name", "address"]', 1), "transform = 'join'"),
        (HEAD + FIELD + 'owner = "me"\n', "owner is one of: customer"),
        (HEAD + FIELD + 'transform = "python"\n', "transform is one of: text"),
        (HEAD + FIELD + 'retention = "P1Y"\n', "A field has no retention"),
        (HEAD + FIELD.replace('to = "name"', 'to = ["name"]'), "to is a text"),
        (HEAD + FIELD.replace("to negotiate", "x" * 201), "purpose is a text"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_said(text: str, said: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        read_mapping(text)
    assert caught.value.code == "crm-mapping"
    assert said in caught.value.detail


def test_too_many_fields_are_refused() -> None:
    fields = "".join(FIELD.replace('to = "name"', f'to = "{n}"') for n in range(LIMIT_FIELDS + 1))
    with pytest.raises(Unprocessable):
        read_mapping(HEAD + fields)


def test_no_source_is_private() -> None:
    assert {"limit_price", "notes"}.isdisjoint(set().union(*SOURCES.values()))


@pytest.mark.parametrize(
    ("transform", "value", "written"),
    [
        (Transform.TEXT, "Ada Lovelace", "Ada Lovelace"),
        (Transform.UPPER, "ada", "ADA"),
        (Transform.DATE, "2026-03-01T10:00:00Z", "2026-03-01"),
        (Transform.DATE, "2026-03-01", "2026-03-01"),
        (Transform.DATE, "soon", None),
        (Transform.DECIMAL, "-12.50", "-12.50"),
        (Transform.DECIMAL, "12,50", None),
        (Transform.COUNTRY, "de", "DE"),
        (Transform.COUNTRY, "Germany", None),
        (Transform.PHONE, "+49 (30) 123-456", "+4930123456"),
        (Transform.PHONE, "030 123456", None),
        (Transform.FIRST_NAME, "Ada King Lovelace", "Ada"),
        (Transform.FIRST_NAME, " ", ""),
        (Transform.LAST_NAME, "Ada King Lovelace", "King Lovelace"),
        (Transform.LAST_NAME, "Ada", ""),
        (Transform.TEXT, "", ""),
        (Transform.COUNTRY, "", ""),
    ],
)
def test_a_value_is_spelled_or_it_is_not_written(
    transform: Transform, value: str, written: str | None
) -> None:
    assert write_value(mapped(transform), {"name": value}) == written


def test_several_values_are_joined_and_the_empty_left_out() -> None:
    values = {"name": "a", "address": "", "handle": "c"}
    assert write_value(mapped(Transform.JOIN, "name", "address", "handle"), values) == "a\nc"
    assert write_value(mapped(Transform.TEXT, "address"), values) == ""


def test_a_mapping_fits_a_crm_that_has_its_fields() -> None:
    mapping = read_mapping(HEAD + FIELD)
    held = {RecordKind.CUSTOMER: KindDescription(fields=(CrmField("name"),))}
    check_against(mapping, CrmDescription(title="x", kinds=held))
    for kinds in (
        {},
        {RecordKind.CUSTOMER: KindDescription(fields=(CrmField("name", writable=False),))},
        {RecordKind.CUSTOMER: KindDescription(fields=(CrmField("other"),))},
    ):
        with pytest.raises(Unprocessable) as caught:
            check_against(mapping, CrmDescription(title="x", kinds=kinds))
    assert caught.value.detail.endswith("the CRM has no field 'name' to write: there is other.")
    check_against(CrmMapping({}), CrmDescription(title="x", kinds={}))


@pytest.mark.parametrize(("said", "strangers"), [("", 50), ("0", 0), ("7", 7), ('"all"', None)])
def test_a_mapping_says_how_many_wishes_of_strangers_go_there(said: str, strangers: int | None) -> None:
    assert read_mapping(HEAD + (f"strangers = {said}\n" if said else "") + FIELD).strangers == strangers
