"""What holds for every test: how hard Hypothesis tries, plain logs, and that nothing leaves this machine."""

from hypothesis import settings

from tests.cable import cut
from tests.logs import plainly

# `ci` always draws the same examples, so a red run is red again; `check` draws the first of them, for a quick
# look. `torture` (--hypothesis-profile=torture) is for nights, and for whoever touched a parser.
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("check", settings.get_profile("ci"), max_examples=15)
settings.register_profile("torture", deadline=None, max_examples=20_000)
settings.load_profile("ci")

plainly()
cut()
