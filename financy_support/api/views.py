"""The view that all endpoints are built on: closed by default, answers JSON, names each request."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db.models import Model, QuerySet
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from financy_support.api.filters import says_filters
from financy_support.api.openapi import DeskSchema
from financy_support.api.pagination import KeptRows
from financy_support.api.parsers import AlwaysJson, JsonObjectParser
from financy_support.api.permissions import HasScope
from financy_support.api.scopes import Scope
from financy_support.api.throttles import RATE_LIMIT
from financy_support.desk.people.user import User

MADE_UP = "desk.request_id"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class DeskView(APIView):
    """Subclasses name ``scope_read`` and ``scope_write``; ``is_for_staff`` closes them to customers."""

    permission_classes = [HasScope]
    parser_classes: list[type[BaseParser]] = [JsonObjectParser]
    content_negotiation_class = AlwaysJson
    http_method_names = ["get", "head", "post", "patch", "put", "delete"]  # OPTIONS: the schema describes
    schema = DeskSchema()
    scope_read: ClassVar[Scope]
    scope_write: ClassVar[Scope]
    is_for_staff: ClassVar[bool] = False

    @property
    def reader(self) -> User:
        """Who asks; the permission lets nobody without a name in."""
        return cast(User, self.request.user)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["X-Request-ID"] = request_id_of(request)
        answer["Cache-Control"] = "no-store"
        for name, value in request.META.get(RATE_LIMIT, {}).items():
            answer[name] = value
        return answer


def request_id_of(request: Request) -> str:
    """The sender's `X-Request-ID` when it is 8 to 64 plain characters, else one made up; the same for one request."""
    found: str = request.META.get(MADE_UP, "") or request.headers.get("X-Request-ID", "")
    if not REQUEST_ID.fullmatch(found):
        found = request.META[MADE_UP] = uuid.uuid4().hex
    return found


class RowsView(DeskView, GenericAPIView[Any]):
    """A list by pages: ``rows`` gives scoped ``.values()`` rows, ``show`` turns one page into plain data.

    A list that is asked for all the time has ``kept_rows`` as well, which serve it while nothing is filtered.
    """

    model: ClassVar[type[Model]]
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"-id": ("-id",)}

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError

    def kept_rows(self) -> KeptRows | None:
        return None

    def get_queryset(self) -> QuerySet[Any]:
        is_being_described = getattr(self, "swagger_fake_view", False)  # nobody asks then, and for no object
        return self.model._default_manager.none() if is_being_described else self.rows()

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        """All rows of the page at once, so that what belongs to them is read by one statement."""
        return rows

    def get(self, request: Request, **kwargs: Any) -> Response:
        kept = None if says_filters(request) else self.kept_rows()
        source: Any = kept or self.filter_queryset(self.get_queryset())
        rows = self.paginate_queryset(source) or []
        return self.get_paginated_response(self.show(list(rows)))
