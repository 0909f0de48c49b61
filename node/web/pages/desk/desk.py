"""All pages of the desk."""

from typing import Final

from node.web.pages.desk import more, pipeline, prices, wish

PAGES: Final = (*pipeline.PAGES, *wish.PAGES, *prices.PAGES, *more.PAGES)
