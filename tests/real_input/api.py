"""A client of the API as a customer's or agent's program would be: keeps its line, waits when told to, tries again."""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

TRIES = 8


@dataclass
class Answer:
    """Status, JSON body, and whether it was given from the memory of an earlier one."""

    status: int
    data: Any
    is_replay: bool


@dataclass
class Client:
    """One token's line. ``statuses`` counts every answer, ``seconds`` holds how long each POST took."""

    base: str
    token: str
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    _line: http.client.HTTPConnection | None = None

    def get(self, path: str, **query: Any) -> Any:
        """The JSON body; raises when the answer is no 200."""
        answer = self._ask("GET", f"{path}?{urlencode(query)}" if query else path, None, {})
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status} {answer.data}")
        return answer.data

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> Answer:
        """The answer, whatever it is, once it is neither 409 “busy” nor 429 nor 5xx."""
        return self._ask("POST", path, body, {"Idempotency-Key": key} if key else {})

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Answer:
        said = json.dumps(body) if body is not None else None
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        for trial in range(TRIES):
            began = time.monotonic()
            try:
                line = self._connected()
                line.request(method, f"/api/v1/{path}", said, headers)
                response = line.getresponse()
                raw = response.read()
            except (OSError, http.client.HTTPException):
                self._line = None
                time.sleep(0.2 * 2**trial)
                continue
            self.statuses[response.status] += 1
            if response.status in (409, 429) and "Retry-After" in response.headers:
                time.sleep(float(response.headers["Retry-After"]))
                continue
            if response.status >= 500:
                time.sleep(0.2 * 2**trial)
                continue
            if method == "POST":
                self.seconds.append(time.monotonic() - began)
            return Answer(response.status, json.loads(raw), response.headers.get("Idempotency-Replayed") == "true")
        raise RuntimeError(f"{method} {path}: no good answer in {TRIES} tries, statuses so far {dict(self.statuses)}")

    def _connected(self) -> http.client.HTTPConnection:
        if self._line is None:
            parts = urlsplit(self.base)
            self._line = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=60)
        return self._line
