"""Requests that end when their time is over, whatever trickles in: the library's own time-out is for each read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection


class InTimeAdapter(HTTPAdapter):
    """Knows the connections that it makes, from before their handshake on, so that they can be cut."""

    def __init__(self, *args: Any, **given: Any) -> None:
        self.connections: WeakSet[Any] = WeakSet()
        super().__init__(*args, **given)

    def get_connection_with_tls_context(self, *args: Any, **given: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **given)
        if not issubclass(pool.ConnectionCls, _Cuttable):
            kinds = (_Cuttable, pool.ConnectionCls)
            pool.ConnectionCls = type("InTimeConnection", kinds, {"made": self.connections})
        return pool

    def cut(self) -> None:
        """End what its connections are at."""
        for connection in list(self.connections):
            connection.cut()


@contextmanager
def in_time(session: requests.Session, seconds: float) -> Iterator[None]:
    """What ``session`` asks in the block is cut off when ``seconds`` are over, as if the other side had hung up.

    Raises requests.ReadTimeout, or what the library makes of a line that was cut.
    """
    adapters = set(session.adapters.values())
    if not any(isinstance(adapter, InTimeAdapter) for adapter in adapters):
        adapters = {InTimeAdapter()}
        session.mount("https://", *adapters)
        session.mount("http://", *adapters)
    is_over = threading.Event()

    def end() -> None:
        is_over.set()
        for adapter in adapters:
            if isinstance(adapter, InTimeAdapter):
                adapter.cut()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if is_over.is_set():  # http.client takes headers that were cut off for whole ones
        raise requests.ReadTimeout(f"the answer was not whole after {seconds:g} s")


class _Cuttable(HTTPConnection):
    made: WeakSet[Any]
    _hold: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        line = super()._new_conn()
        self._hold = line.dup()  # TLS takes the socket away with it; a second handle still ends both
        self.made.add(self)
        return line

    def cut(self) -> None:
        if self._hold is not None:
            with suppress(OSError):  # it has ended by itself
                self._hold.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._hold is not None:
            self._hold.close()
            self._hold = None
