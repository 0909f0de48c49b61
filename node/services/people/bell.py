"""A bell: rung when somebody may not listen any more, so that whoever serves them asks anew at once."""

from collections.abc import Callable


class Bell:
    """Who has to be told that a right may have ended; used from one event loop."""

    def __init__(self) -> None:
        self._watching: dict[object, Callable[[], object]] = {}

    def watch(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` whenever it rings; return the function that ends that."""
        mark = object()
        self._watching[mark] = callback
        return lambda: self._watching.__delitem__(mark)

    def ring(self) -> None:
        """Tell everybody who watches."""
        for callback in [*self._watching.values()]:
            callback()
