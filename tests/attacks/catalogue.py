"""x"""

from tests.attacks import fetching

CATALOGUE = fetching.CASES
