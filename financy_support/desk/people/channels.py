"""Registry: where the channels that a customer may prefer are asked for; the app that owns them stands above."""

from collections.abc import Callable, Collection

CHANNELS: dict[str, Callable[[], Collection[str]]] = {}


def register_channels(owner: str, codes: Callable[[], Collection[str]]) -> None:
    """Called in ``ready()``; ``codes()`` gives the codes of the channels in force in the current act."""
    CHANNELS[owner] = codes


def channel_codes() -> list[str]:
    """Every channel that may be preferred, by code."""
    return sorted(code for codes in CHANNELS.values() for code in codes())
