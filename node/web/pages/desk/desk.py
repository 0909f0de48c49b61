"""All pages of the desk."""

from typing import Final

from node.web.pages.desk import pipeline

PAGES: Final = (*pipeline.PAGES,)
