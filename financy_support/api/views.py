"""The view that all endpoints are built on: closed by default, answers JSON, names each request."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView

from financy_support.api.openapi import DeskSchema
from financy_support.api.parsers import AlwaysJson, JsonObjectParser
from financy_support.api.permissions import HasScope
from financy_support.api.scopes import Scope

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class DeskView(APIView):
    """Subclasses name ``scope_read`` and ``scope_write``; ``is_for_staff`` closes them to customers."""

    permission_classes: ClassVar[Sequence[Any]] = [HasScope]
    parser_classes: ClassVar[Sequence[Any]] = [JsonObjectParser]
    content_negotiation_class = AlwaysJson
    metadata_class = None  # OPTIONS is not answered; the schema describes
    schema = DeskSchema()
    scope_read: ClassVar[Scope]
    scope_write: ClassVar[Scope]
    is_for_staff: ClassVar[bool] = False

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["X-Request-ID"] = request_id_of(request)
        answer["Cache-Control"] = "no-store"
        for name, value in getattr(request, "rate_limit", {}).items():
            answer[name] = value
        return answer


def request_id_of(request: Request) -> str:
    """The sender's `X-Request-ID` when it is 8 to 64 plain characters, else one made up; the same for one request."""
    found = getattr(request, "request_id", "")
    if not found:
        said = request.headers.get("X-Request-ID", "")
        found = request.request_id = said if REQUEST_ID.fullmatch(said) else uuid.uuid4().hex
    return str(found)
