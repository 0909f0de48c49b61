"""x"""
from tests.attacks import framing
CATALOGUE=framing.CASES
