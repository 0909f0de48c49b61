"""x"""

from tests.attacks import replays, agreements

CATALOGUE = agreements.CASES + replays.CASES
