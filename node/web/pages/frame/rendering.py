"""Rendering: from a template and what it is given to the text of a page.

Rules here: whatever a template puts in is escaped, and a name that it was not given is an error; a message is
written out where it is said, since what `_()` is given counts as markup, and what it is filled with does not;
formats and messages are those of the reader for whom is rendered; no template reads anything for itself.
Jinja is loaded when the first page is made, because a node that answers programs alone never needs it.
"""

import asyncio
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from node.core.columns import REQUIRED
from node.web.pages.frame import statics
from node.web.pages.wording import foreseeing, formats, labels, languages, ring_words, words
from node.web.pages.wording.crm_words import crm_said
from node.web.pages.wording.languages import Language, Reader, reading
from protocol.propertynames import property_form

if TYPE_CHECKING:
    from jinja2 import Environment

_loaded: Final[set[str]] = set()
TEMPLATES: Final = Path(__file__).parents[1] / "templates"
_FORMATS: Final = (
    formats.brief,
    formats.clock,
    formats.day,
    formats.lately,
    formats.left,
    formats.moment,
    formats.money,
    formats.month,
    formats.number,
    formats.bare_money,
    formats.percent,
    formats.plain_money,
    formats.precise,
    formats.quantity,
    formats.round_money,
    formats.span,
    formats.spelled,
    formats.today,
)


@cache
def environment() -> "Environment":
    """Return the environment of all templates."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    for used in ("babel.dates", "babel.numbers"):  # by the formats, and loaded with the rest
        import_module(used)
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.install_gettext_callables(languages.gettext, languages.ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension has it
    made.globals.update({function.__name__: function for function in _FORMATS})
    made.globals.update(asset=statics.address, name_of=words.name, prose_of=words.prose)
    made.globals.update(label=labels.label, bounds=labels.bounds, measure=labels.measure)
    made.globals.update(quoted=labels.theirs)
    made.globals.update(property_called=labels.called, property_form=property_form)
    made.globals.update(suggestions=labels.suggestions, column_name=labels.column, required_columns=REQUIRED)
    made.globals.update(wish_sent=foreseeing.sent, wish_signed=foreseeing.signed, wish_home=foreseeing.home)
    made.globals.update(wish_budget=foreseeing.band, wanted_of=ring_words.wanted)
    made.globals.update(crm_said=crm_said)
    made.globals.update(called=words.called, host_of=words.host, line_of=words.line, exact=words.exact)
    made.globals.update(whole_of=words.whole)
    return made


async def ready(language: Language) -> None:
    """Load what pages in a language are made with, once and beside the event loop: it takes a while."""
    if language.code not in _loaded:
        await asyncio.to_thread(_load, language)


def _load(language: Language) -> None:
    environment()
    for formal in (False, True):
        languages.catalogue(language.code, formal=formal)
    _loaded.add(language.code)


def render(template: str, reader: Reader, values: dict[str, Any]) -> str:
    """Return a page made from a template for this reader.

    Raises:
        jinja2.UndefinedError: the template names what it was not given.
    """
    with reading(reader):
        return environment().get_template(template).render(reader=reader, **values)
