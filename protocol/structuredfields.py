"""Structured header fields of strangers: dictionaries in which every key stands once.

RFC 9651 §4.2.2 lets the last of two equal keys win. In a signature that would let two readers see two things,
so here a repeated key or parameter is an error (as `strictjson` has it for members).

Grammar and types are http-sf's: a member is a pair of its value and its parameters, the value of an inner
list a list of such pairs. It looks at every character in turn, so the three things each signature has are
done here, with the same outcome in a fraction of the time: reading a single byte sequence, reading a single
list of plain strings with plain parameters, writing plain text and integers. For these it is not even loaded.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, cast

from protocol import codes
from protocol.errors import Unauthenticated

KEY = r"[a-z*][a-z0-9_.*-]*"
_ONE_BYTE_SEQUENCE = re.compile(
    rf"({KEY})=:((?:[A-Za-z0-9+/]{{4}})*(?:[A-Za-z0-9+/]{{2}}==|[A-Za-z0-9+/]{{3}}=)?):"
)
_TEXT = r'"[ !#-\[\]-~]*"'
_ONE_PLAIN_LIST = re.compile(
    rf"({KEY})=\(((?:{_TEXT}(?: {_TEXT})*)?)\)((?:;{KEY}=(?:{_TEXT}|-?[0-9]{{1,15}}))*)"
)
_PLAIN_PARAMETER = re.compile(rf";({KEY})=(?:\"([^\"]*)\"|(-?[0-9]+))")
_INTEGER_LIMIT = 10**15  # RFC 9651 §3.3.1: fifteen digits
_PLAIN_STRING = re.compile(r"[ !#-\[\]-~]*")  # printable ASCII without the quote and the backslash


def parse_dictionary(value: str) -> dict[str, Any]:
    """Parse the value of a dictionary field.

    Raises:
        Unauthenticated: `signature-malformed`; all our dictionaries belong to signatures.
    """
    single = _ONE_BYTE_SEQUENCE.fullmatch(value)
    if single:
        return {single[1]: (b64decode(single[2]), {})}
    plain = _ONE_PLAIN_LIST.fullmatch(value)
    if plain:
        return {plain[1]: (_read_strings(plain[2]), _read_parameters(plain[3]))}
    import http_sf

    try:
        parsed = http_sf.parse(value.encode("ascii"), tltype="dictionary", on_duplicate_key=_refuse)
    except ValueError as error:
        raise Unauthenticated(
            codes.SIGNATURE_MALFORMED, "A structured header field cannot be read."
        ) from error
    return cast("dict[str, Any]", parsed)


def serialise_item(value: Any, parameters: Mapping[str, Any]) -> str:
    """Write an item with its parameters, in the order they are given (RFC 9651 §4.1.3)."""
    return _serialise(value) + serialise_parameters(parameters)


def serialise_parameters(parameters: Mapping[str, Any]) -> str:
    """Write the parameters that follow an item or an inner list (RFC 9651 §4.1.1.2)."""
    return "".join(
        f";{name}" if value is True else f";{name}={_serialise(value)}" for name, value in parameters.items()
    )


def _serialise(value: Any) -> str:
    if type(value) is str and _PLAIN_STRING.fullmatch(value):
        return f'"{value}"'
    if type(value) is int and abs(value) < _INTEGER_LIMIT:
        return str(value)
    import http_sf

    return http_sf.ser(value)


def _read_strings(text: str) -> list[Any]:
    return [(string, {}) for string in text[1:-1].split('" "')] if text else []


def _read_parameters(text: str) -> dict[str, Any]:
    found = _PLAIN_PARAMETER.findall(text)
    parameters = {name: int(number) if number else string for name, string, number in found}
    if len(parameters) != len(found):
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, "A structured header field gives a parameter twice.")
    return parameters


def _refuse(_key: str, _where: str) -> None:
    raise ValueError("a key is given twice")
