"""releases/: a build tool says that the product changed; articles that follow its releases are to be checked."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.scopes import Scope
from financy_support.api.serializers import StrictSerializer
from financy_support.api.views import DeskView, RowsView
from financy_support.desk.audit.acting import Act
from knowledge.models import Release
from knowledge.workflow.record_release import record_release

ROW = ("id", "name", "notes", "released_at")


class RecordRelease(StrictSerializer):
    """A release of the product."""

    name = serializers.CharField(max_length=100, help_text="2026.12.1")
    notes = serializers.CharField(max_length=5000, required=False, allow_blank=True)


class ReleaseRow(serializers.Serializer[Any]):
    """A release that was recorded."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    notes = serializers.CharField(allow_blank=True)
    released_at = serializers.DateTimeField()


class ReleasesView(RowsView, ActingPost, DeskView):
    """Releases."""

    model = Release
    is_for_staff: ClassVar[bool] = True
    scope_read: ClassVar[Scope] = Scope.KNOWLEDGE_READ
    scope_write: ClassVar[Scope] = Scope.KNOWLEDGE_WRITE

    def rows(self) -> Any:
        return Release.objects.values(*ROW)

    @extend_schema(responses=ReleaseRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Newest first."""
        return super().get(request, **kwargs)

    @extend_schema(request=RecordRelease, responses={201: ReleaseRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Record a release, once whatever the retries: each article of its rhythm is owed a check within seven days."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        release = record_release(**RecordRelease.take(request), by=act.by, at=act.at)
        return Answer({name: getattr(release, name) for name in ROW}, 201)
