"""A tool that hears webhooks on loopback: it verifies each as Standard Webhooks says, by that project's own library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.sinks.http import Answer, HttpSink, Refusal, Request

LARGEST = 20_000


@dataclass
class WebhookSink(HttpSink):
    """``heard`` are the news by ``webhook-id``, repeats dropped, as a tool does; any one of ``secrets`` may verify."""

    secrets: list[str] = field(default_factory=list)
    heard: dict[str, dict[str, Any]] = field(default_factory=dict)
    path = "/desk"

    @property
    def address(self) -> str:
        return f"{self.url}{self.path}"

    @property
    def events(self) -> list[str]:
        """What was heard, in order."""
        return [news["type"] for news in self.heard.values()]

    def answer_to(self, request: Request) -> Answer:
        if request.path != self.path or request.method != "POST":
            raise Refusal(404, "nothing here")
        if request.content_type != "application/json" or len(request.body) > LARGEST:
            raise Refusal(415, f"{request.content_type}, {len(request.body)} bytes")
        if not any(_verifies(secret, request) for secret in self.secrets):
            raise Refusal(401, "no signature of ours")
        news = request.json
        if set(news) != {"type", "timestamp", "data"}:
            raise Refusal(422, f"fields: {sorted(news)}")
        self.heard.setdefault(request.headers["webhook-id"], news)
        return Answer(204)


def _verifies(secret: str, request: Request) -> bool:
    try:
        Webhook(secret).verify(request.body, dict(request.headers))
    except WebhookVerificationError:
        return False
    return True
