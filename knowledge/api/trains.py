"""trains/: what leaves next and what keeps it, what left, and the way back of each carriage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.serializers import ProblemDetail
from financy_support.api.views import RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import NotFound
from financy_support.desk.people.user import User
from knowledge.api import bodies
from knowledge.api.revisions import WriterScopes
from knowledge.models import Carriage, Train, TrainDeadline
from knowledge.revision_gates import is_writer
from knowledge.workflow.depart_train import depart_train, manifest
from knowledge.workflow.return_carriage import return_carriage

CARRIAGE = {
    "id": "id",
    "revision": "revision_id",
    "article": "revision__translation__article__code",
    "language": "revision__translation__language",
    "before": "before_id",
    "returned_at": "returned_at",
    "returned_because": "returned_because",
}


class TrainRow(serializers.Serializer[Any]):
    """A train; the one that has not departed is waiting."""

    id = serializers.IntegerField()
    departed_at = serializers.DateTimeField(allow_null=True)


class AboardRow(serializers.Serializer[Any]):
    """One line of the manifest."""

    revision = serializers.IntegerField()
    title = serializers.CharField()
    problems = ProblemDetail(many=True, help_text="What keeps it from leaving.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What is to be known: translations.")


class CarriageRow(serializers.Serializer[Any]):
    """A revision that left."""

    id = serializers.IntegerField()
    revision = serializers.IntegerField()
    article = serializers.CharField()
    language = serializers.CharField()
    before = serializers.IntegerField(allow_null=True, help_text="The revision that readers see again once it returns.")
    returned_at = serializers.DateTimeField(allow_null=True)
    returned_because = serializers.CharField(allow_blank=True)


class WholeTrain(TrainRow):
    """With what is aboard."""

    departs_at = serializers.DateTimeField(allow_null=True)
    manifest = AboardRow(many=True)
    carriages = CarriageRow(many=True)


class TrainsView(WriterScopes, RowsView):
    """Trains."""

    model = Train
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"-id": ("-id",)}

    def rows(self) -> Any:
        return _seen_by(self.reader).values("id", "departed_at")

    @extend_schema(responses=TrainRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Newest first."""
        return super().get(request, **kwargs)


class TrainView(WriterScopes):
    """One train."""

    @extend_schema(responses=WholeTrain)
    def get(self, request: Request, number: int) -> Response:
        """Of the waiting one the rehearsal: what would leave now, and what keeps the rest."""
        train = _seen_by(self.reader).filter(pk=number).first()
        if train is None:
            raise NotFound
        return Response(_whole(train))


class DepartView(WriterScopes, ActingPost):
    """Leaving before the time."""

    @extend_schema(request=bodies.Nothing, responses=WholeTrain)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Publish all that is fit in one step; for administrators."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        bodies.Nothing.take(request)
        train = _seen_by(act.by).filter(pk=kwargs["number"]).first()
        if train is None:
            raise NotFound
        depart_train(train, by=act.by, at=act.at)
        train.refresh_from_db()
        return Answer(_whole(train))


class ReturnView(WriterScopes, ActingPost):
    """The way back."""

    @extend_schema(request=bodies.Because, responses=CarriageRow)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Readers see again what they saw before this carriage; the returned words stay in the history."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = bodies.Because.take(request)
        carriages = Carriage.objects.select_related("revision", "before")
        carriage = carriages.filter(pk=kwargs["number"]).first() if is_writer(act.by) else None
        if carriage is None:
            raise NotFound
        return_carriage(carriage, because=said["because"], by=act.by, at=act.at)
        return Answer(_carriages(Carriage.objects.filter(pk=carriage.pk))[0])


def _seen_by(reader: User) -> QuerySet[Train]:
    return Train.objects.all() if is_writer(reader) else Train.objects.none()


def _whole(train: Train) -> dict[str, Any]:
    departure = TrainDeadline.objects.filter(train=train).order_by("-id").first()
    return {
        "id": train.pk,
        "departed_at": train.departed_at,
        "departs_at": departure.due_at if departure else None,
        "manifest": [
            {
                "revision": one.revision.pk,
                "title": one.revision.title,
                "problems": [asdict(problem) for problem in one.problems],
                "notes": one.notes,
            }
            for one in ([] if train.departed_at else manifest())
        ],
        "carriages": _carriages(train.carriages.all()),
    }


def _carriages(rows: QuerySet[Carriage]) -> list[dict[str, Any]]:
    return [
        {name: row[column] for name, column in CARRIAGE.items()}
        for row in rows.order_by("pk").values(*CARRIAGE.values())
    ]
