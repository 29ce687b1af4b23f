"""A Teams Workflows webhook on loopback: "when a Teams webhook request is received", strict about address and card."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.sinks.http import Answer, HttpSink, Refusal, Request

SIGNATURE = "s3cretSignatureOfTheWorkflow"
LARGEST = 28 * 1024
MOST_A_SECOND = 4
CARD = "application/vnd.microsoft.card.adaptive"
ELEMENTS = {"TextBlock", "RichTextBlock", "FactSet", "Container", "ColumnSet", "Image"}


@dataclass
class TeamsSink(HttpSink):
    """``cards`` are what the workflow took; ``is_enabled`` False is a workflow that somebody turned off."""

    cards: list[dict[str, Any]] = field(default_factory=list)
    is_enabled: bool = True
    is_deleted: bool = False
    times: list[float] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The webhook's whole address, its secret included."""
        return f"{self.url}{self.path}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"

    path = "/workflows/0123456789abcdef/triggers/manual/paths/invoke"

    def answer_to(self, request: Request) -> Answer:
        if request.path != self.path or self.is_deleted:
            raise _refusal(404, "WorkflowNotFound", "The workflow could not be found.")
        if request.query.get("sig") != [SIGNATURE] or request.query.get("api-version") != ["2016-06-01"]:
            raise _refusal(401, "DirectApiAuthorizationRequired", "The signature is not valid: " + request.target)
        if request.method != "POST":
            raise _refusal(405, "MethodNotAllowed", "Use POST.")
        if not self.is_enabled:
            raise _refusal(400, "WorkflowTriggerIsNotEnabled", "The trigger is not enabled.")
        if len(request.body) > LARGEST:
            raise _refusal(413, "RequestEntityTooLarge", "The request is larger than 28 KB.")
        self._throttle()
        self.cards.append(_card(request))
        return Answer(202, b"", {"x-ms-workflow-run-id": uuid.uuid4().hex})

    def _throttle(self) -> None:
        now = time.monotonic()
        self.times = [at for at in self.times if now - at < 1] + [now]
        if len(self.times) > MOST_A_SECOND:
            raise Refusal(429, {"error": {"code": "TooManyRequests", "message": "Slow down."}}, {"Retry-After": "1"})


def _card(request: Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise _refusal(415, "UnsupportedMediaType", request.content_type)
    try:
        said = request.json
        assert said["type"] == "message"
        (attachment,) = said["attachments"]
        assert attachment["contentType"] == CARD
        assert attachment.get("contentUrl") is None
        content: dict[str, Any] = attachment["content"]
        assert content["type"] == "AdaptiveCard"
        assert content["$schema"] == "http://adaptivecards.io/schemas/adaptive-card.json"
        assert content["version"] in ("1.2", "1.3", "1.4", "1.5")
        assert content["body"]
        assert {element["type"] for element in content["body"]} <= ELEMENTS
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise _refusal(400, "TriggerInputSchemaMismatch", f"No card of the schema: {error!r}") from None
    return content


def _refusal(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"error": {"code": code, "message": message}})
