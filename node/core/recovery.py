"""Recovery words: twelve different ones of a list of 256, in an order: 95 bits, drawn at random.

Rules here: pure. Words are common, and no two begin with the same four letters, so that what was written by
hand can be read again; none comes twice, which whoever copies them would take for a slip. What is typed may
have any case and any blanks, commas or numbers between.
"""

import re
from collections.abc import Sequence
from typing import Final

from node.core import codes
from protocol.errors import Unprocessable

COUNT: Final = 12
ASKED: Final = 3
"""How many of them are asked for, to see that they are written down as they stand."""
_LIST: Final = """
acorn actor album amber anchor ankle apple apron arrow artist atlas autumn avenue bacon bakery bamboo
banjo barrel basket beach beaver bell bench berry bicycle birch biscuit blanket blossom boat bonnet bottle
bowl brass bread bridge broom bucket butter cabin cactus camel canal candle carpet castle cedar cellar
chain cherry chimney clay clock cloud coat cobweb coffee copper coral cotton crane cricket crown cube
curtain daisy dance desert diary dolphin donkey drawer drum duck dust eagle early elbow engine falcon
farmer feather fence fiddle finger flute fog forest fountain fox frost garden garlic gate ginger glacier
globe glove goat gold grape gravel guest guitar hammer harbour hedge helmet hill honey hood horse hotel
house ice insect iron island ivory jacket jelly jewel jigsaw journey juice jungle kettle keyhole kitchen
kite ladder lake lamp lantern laundry leaf lemon letter library lighthouse lion lobster lodge lunch magnet
maple marble market meadow melon mirror mitten monday morning mountain mouse museum mustard napkin needle
nest north nutmeg oak oasis oatmeal ocean olive onion orange orchard otter owl oyster paddle palace panda
parrot pebble pencil pepper piano pigeon pillow planet plum pocket pony postcard potato puddle pumpkin
quilt rabbit radio rain raven ribbon river robin rocket roof rope saddle salmon sandal saucer school seven
shadow shell silver sister sleeve snow sofa spider spoon storm sugar summer swan teapot thimble thunder
ticket tiger tomato tower train tulip tunnel turtle umbrella valley vanilla velvet village violin wagon
wallet walnut water whale wheel willow window winter wolf wooden yard yellow yogurt zebra zipper zoo
"""
_WORDS: Final = tuple(_LIST.split())
_PLACES: Final = {word: place for place, word in enumerate(_WORDS)}
_SEPARATORS: Final = re.compile(r"[\s,;.0-9)]+")
_LONGEST: Final = 500  # characters; twelve words and their numbers have some 150


def words_of(number: int) -> list[str]:
    """Return the words for a random number, which has more bits than they can say (128 leave no leaning)."""
    left, words = list(_WORDS), list[str]()
    for _ in range(COUNT):
        number, place = divmod(number, len(left))
        words.append(left.pop(place))
    return words


def places_of(number: int) -> list[int]:
    """Return which words to ask for, by their places from 1 in order, for a random number."""
    left, places = list(range(1, COUNT + 1)), list[int]()
    for _ in range(ASKED):
        number, place = divmod(number, len(left))
        places.append(left.pop(place))
    return sorted(places)


def read_words(text: str) -> Sequence[str]:
    """Return the words that somebody typed, in their one spelling.

    Raises:
        Unprocessable: `recovery-words`, they are not twelve, or one of them is not in the list.
    """
    words = _split(text)
    if len(words) != COUNT:
        raise Unprocessable(codes.RECOVERY_WORDS, f"These are {len(words)} words, and there are {COUNT}.")
    for place, _word in strange_words(text):
        raise Unprocessable(codes.RECOVERY_WORDS, f"Word {place} is not in the list: look at its spelling.")
    return words


def strange_words(text: str) -> Sequence[tuple[int, str]]:
    """Return what was typed that is not in the list, each with its place from 1.

    That is no help to who guesses: the list is here for everybody to read.
    """
    return [(place, word) for place, word in enumerate(_split(text), 1) if word not in _PLACES]


def count_words(text: str) -> int:
    """Return how many words were typed."""
    return len(_split(text))


def _split(text: str) -> list[str]:
    return [word for word in _SEPARATORS.split(text[:_LONGEST].lower()) if word]
