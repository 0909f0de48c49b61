"""All pages of the desk."""

from typing import Final

from node.web.pages.desk import customers, more, pipeline, prices, wish

PAGES: Final = (*pipeline.PAGES, *wish.PAGES, *customers.PAGES, *prices.PAGES, *more.PAGES)
