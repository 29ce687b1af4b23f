"""Reading a JSON body: an object, at most 1 MiB, however it is nested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser


class JsonObjectParser(JSONParser):
    """JSON whose top is an object. Raises ParseError for anything else; Django refuses bodies over 1 MiB before."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError as exc:
            raise ParseError("This JSON is nested too deeply.") from exc
        if not isinstance(body, dict):
            raise ParseError('Send a JSON object, e.g. {"subject": "…"}.')
        return body


class AlwaysJson(BaseContentNegotiation):
    """Answers are JSON whatever ``Accept`` says, so that a browser can look at an address."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return next((each for each in parsers if _fits(each.media_type, request.content_type)), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def _fits(media_type: str, content_type: str | None) -> bool:
    return media_type in ("*/*", (content_type or "").partition(";")[0].strip().lower())
