"""HT: what is not one plain request to this node goes nowhere."""
from tests.attacks.cases import Bend, Case, case, vectors

CASES: tuple[Case, ...] = (
    case("HT-00", "the baseline", Bend(), 202),
    *vectors("HT-01", {"again": Bend(signed=lambda shot, world: shot.also(("Host", world.host)))}, 400, "not-http"),
)
