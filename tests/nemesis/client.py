"""A client of the API: one connection, one token, and what each answer was."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.nemesis.stage import Stage


@dataclass(frozen=True)
class Said:
    """An answer; status 0 when the connection broke, with the reason as its body."""

    status: int
    body: bytes
    retry_after: float = 0.0

    @property
    def data(self) -> Any:
        return json.loads(self.body)


class Client:
    """Opens tickets over HTTP in the name of a token."""

    def __init__(self, stage: Stage, token: str) -> None:
        self._stage = stage
        self._token = token
        self._line = stage.connect()

    def open_ticket(self, *, key: str, customer: str, subject: str) -> Said:
        """One POST; a broken connection is an answer too."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        words = {"customer": customer, "subject": subject, "description": "Is anybody there?"}
        try:
            self._line.request("POST", "/api/v1/tickets/", json.dumps(words), headers)
            response = self._line.getresponse()
            return Said(response.status, response.read(), float(response.headers.get("Retry-After", 0)))
        except (OSError, http.client.HTTPException) as error:
            self._line.close()
            return Said(0, f"{type(error).__name__}: {error}".encode())

    def close(self) -> None:
        self._line.close()
