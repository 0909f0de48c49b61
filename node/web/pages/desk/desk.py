"""All pages of the desk."""

from typing import Final

from node.web.pages.desk import (
    cosign,
    customers,
    integrating,
    integration,
    losses,
    more,
    pipeline,
    prices,
    rule,
    team,
    terms,
    wish,
)

PAGES: Final = (
    *pipeline.PAGES,
    *wish.PAGES,
    *losses.PAGES,
    *customers.PAGES,
    *prices.PAGES,
    *rule.PAGES,
    *terms.PAGES,
    *team.PAGES,
    *cosign.PAGES,
    *integration.PAGES,
    *integrating.PAGES,
    *more.PAGES,
)
