"""Reading a JSON body: an object of whole characters, at most 1 MiB, however it is nested."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser

# JSON can spell half of a character, which no database, mail or answer can carry.
HALF = re.compile("[\ud800-\udfff]")
BROKEN = "surrogate_characters_not_allowed"


class JsonObjectParser(JSONParser):
    """JSON whose top is an object. Raises ParseError for anything else; Django refuses bodies over 1 MiB before.

    Raises ValidationError naming each field, however deep, whose value or whose own name holds half a character.
    """

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            body = super().parse(stream, media_type, parser_context)
            halves = dict.fromkeys(_halves(body, ()))
        except RecursionError as exc:
            raise ParseError("This JSON is nested too deeply.") from exc
        if not isinstance(body, dict):
            raise ParseError('Send a JSON object, e.g. {"subject": "…"}.')
        if halves:
            detail = ErrorDetail("Half a character (a lone surrogate) stands here: write the whole one.", BROKEN)
            raise ValidationError({field: [detail] for field in halves})
        return body


def _halves(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """The dotted path of each half character; a name that holds one is shown with a question mark in its place."""
    if isinstance(value, str):
        if not value.isascii() and HALF.search(value):
            yield ".".join(path)
    elif isinstance(value, dict):
        for name, inner in value.items():
            shown = (*path, name if name.isascii() else HALF.sub("?", name))
            if shown[-1] != name:
                yield ".".join(shown)
            yield from _halves(inner, shown)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _halves(inner, (*path, str(number)))


class AlwaysJson(BaseContentNegotiation):
    """Answers are JSON whatever ``Accept`` says, so that a browser can look at an address."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return next((each for each in parsers if _fits(each.media_type, request.content_type)), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def _fits(media_type: str, content_type: str | None) -> bool:
    return media_type in ("*/*", (content_type or "").partition(";")[0].strip().lower())
