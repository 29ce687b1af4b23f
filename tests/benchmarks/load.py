"""A client that asks as fast as it is answered: keep-alive connections, bounded in time and number, loopback only."""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

CONNECTIONS = 4
MOST_REQUESTS = 100_000
PATIENCE_SECONDS = 60

Maker = Callable[[int], bytes]  # number of the request in this process → its bytes


@dataclass(frozen=True)
class Load:
    """What one run came to: answered requests a second, milliseconds each took (sorted)."""

    rate: float
    milliseconds: list[float]

    @property
    def count(self) -> int:
        return len(self.milliseconds)

    def percentile(self, percent: float) -> float:
        return self.milliseconds[min(self.count - 1, int(self.count * percent / 100))]

    @property
    def p50(self) -> float:
        return self.percentile(50)


_numbers = itertools.count(1)


def request(method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None) -> bytes:
    """One HTTP/1.1 request as it goes over the wire; ``body`` is sent as JSON."""
    content = b"" if body is None else json.dumps(body).encode()
    said = {"Host": "127.0.0.1", "Connection": "keep-alive", **(headers or {})}
    if body is not None:
        said |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


def press(port: int, make: Maker, *, seconds: float, connections: int = CONNECTIONS, most: int = MOST_REQUESTS) -> Load:
    """Ask for ``seconds`` on some connections at once. Raises RuntimeError when any answer is not 2xx."""
    until = time.perf_counter() + seconds
    results: list[list[float]] = [[] for _ in range(connections)]
    statuses: Counter[bytes] = Counter()
    failures: list[BaseException] = []

    def ask(times: list[float]) -> None:
        try:
            with Connection(port) as line:
                while time.perf_counter() < until and len(times) < most / connections:
                    message = make(next(_numbers))
                    began = time.perf_counter()
                    status, body = line.ask(message)
                    times.append((time.perf_counter() - began) * 1000)
                    statuses[status] += 1
                    if not status.startswith(b"2"):
                        raise RuntimeError(f"{message[:80]!r} was answered {status!r}: {body[:500]!r}")
        except BaseException as failure:
            failures.append(failure)

    began = time.perf_counter()
    threads = [threading.Thread(target=ask, args=(times,)) for times in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if failures:
        raise failures[0]
    times = sorted(itertools.chain(*results))
    return Load(len(times) / took, times)


class Connection:
    """One keep-alive connection that reads answers with a Content-Length."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, message: bytes) -> tuple[bytes, bytes]:
        """Status and body of the answer."""
        self._socket.sendall(message)
        received = self._receive()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._receive()
        head = received[:end].lower()
        at = head.find(b"\r\ncontent-length:")
        if at < 0:
            raise RuntimeError(f"an answer without Content-Length: {head[:200]!r}")
        length = int(head[at + 17 :].split(b"\r\n", 1)[0])
        body = received[end + 4 :]
        while len(body) < length:
            body += self._receive()
        return head[9:12], body

    def _receive(self) -> bytes:
        received = self._socket.recv(1 << 18)
        if not received:
            raise ConnectionError("the server closed the connection")
        return received
