"""Loopback ports: one that is free and stays ours, and whether one is taken."""

import random
import socket
from typing import Any

# Below the range from which the kernel lends ports to outgoing connections, so that a restart finds it free again.
OWN_PORTS = range(15_000, 30_000)


def keep_port(section: dict[str, Any]) -> int:
    """Return the port noted in `section` while it is free, else a new free one, which is noted instead."""
    if "port" not in section or is_taken(section["port"]):
        section["port"] = next(port for port in random.sample(OWN_PORTS, 1000) if not is_taken(port))
    return int(section["port"])


def is_taken(port: int) -> bool:
    """Say whether another process listens on this port of 127.0.0.1."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
