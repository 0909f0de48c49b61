"""The documents of the owner's API by name: the `components` of its OpenAPI document.

The same values check every body that is sent (`shapes.check`), so what is described is what is enforced.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from node.web.api.answers import VIEWS
from node.web.api.requests import BODIES
from node.web.api.schemas import Schema

COMPONENTS: Final[Mapping[str, Schema]] = MappingProxyType({**BODIES, **VIEWS})
