"""How a person or the system ends the supervisor: one signal stops it in order, a second one in a hurry."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class StopRequested(BaseException):
    """Ctrl-C or SIGTERM arrived; everything that was started is to be stopped in order."""


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into StopRequested, which ends the block quietly.

    A second one sets the event that is given, by which a stop that takes too long for its reader is cut short.
    """
    hurry = threading.Event()
    asked = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            hurry.set()
            return
        asked.set()
        raise StopRequested

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    with suppress(StopRequested):
        yield hurry
