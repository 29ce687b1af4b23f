"""articles/gaps/ and articles/assignments/: what no article answers, and who sees to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.filters import refuse_unknown_parameters
from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.views import RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid, NotFound
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from knowledge.api import bodies
from knowledge.api.revisions import WriterScopes
from knowledge.gaps import gaps
from knowledge.models import Assignment, AssignmentDeadline, AssignmentKind
from knowledge.revision_gates import assignments_of, is_writer, require_writer
from knowledge.workflow.assignments import assign_gap, end_assignment, hand_over

ROW = {
    "id": "id",
    "kind": "kind",
    "owner": "owner__email",
    "language": "language",
    "words": "words",
    "opened_at": "opened_at",
    "due_at": "due",
    "closed_at": "closed_at",
    "closed_because": "closed_because",
}
DUE = AssignmentDeadline.objects.filter(assignment=OuterRef("pk")).order_by("-id").values("due_at")[:1]


class GapRow(serializers.Serializer[Any]):
    """Questions of one meaning that mostly found no answer."""

    question = serializers.CharField(help_text="The most frequent wording.")
    language = serializers.ChoiceField(Language.choices)
    asked = serializers.IntegerField()
    nothing = serializers.IntegerField(help_text="Found nothing.")
    unanswered = serializers.IntegerField(help_text="Found nothing, guesses, or nothing that was read.")
    wrote = serializers.IntegerField(help_text="Wrote to us within half an hour.")
    assignment = serializers.IntegerField(allow_null=True, help_text="Who sees to it: articles/assignments/.")


class GapsRow(serializers.Serializer[Any]):
    """Those with tickets first."""

    results = GapRow(many=True)


class AssignmentRow(serializers.Serializer[Any]):
    """Work on the knowledge base that is of no article yet."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(AssignmentKind.choices)
    owner = serializers.CharField(allow_null=True)
    language = serializers.CharField(allow_blank=True)
    words = serializers.CharField(allow_blank=True)
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_because = serializers.CharField(allow_blank=True)


class GapsView(WriterScopes, ActingPost):
    """What no article answers."""

    @extend_schema(responses=GapsRow)
    def get(self, request: Request) -> Response:
        """The hundred worst of the last 90 days."""
        refuse_unknown_parameters(request, [])
        if not is_writer(self.reader):
            raise NotFound
        names = ("question", "language", "asked", "nothing", "unanswered", "wrote")
        rows = gaps(timezone.now())
        shown = [
            {**{name: row[name] for name in names}, "assignment": row["assignment"].pk if row["assignment"] else None}
            for row in rows
        ]
        return Response({"results": shown})

    @extend_schema(request=bodies.AssignGap, responses={201: AssignmentRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Somebody sees to it that a question is answered; assigned already, it is handed over."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = bodies.AssignGap.take(request)
        require_writer(act.by)
        gap = assign_gap(**{**said, "to": _person(said["to"])}, by=act.by, at=act.at)
        return Answer(_whole(gap), 201)


class AssignmentsView(WriterScopes, RowsView):
    """Assignments."""

    model = Assignment
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"-id": ("-id",), "id": ("id",)}

    def rows(self) -> Any:
        return assignments_of(self.reader).annotate(due=Subquery(DUE)).values(*ROW.values())

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [{name: row[column] for name, column in ROW.items()} for row in rows]

    @extend_schema(responses=AssignmentRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Newest first."""
        return super().get(request, **kwargs)


class AssignmentVerbView(WriterScopes, ActingPost):
    """One verb on one assignment."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        found = assignments_of(act.by).filter(pk=kwargs["number"]).first()
        if found is None:
            raise NotFound
        return Answer(_whole(self.do(found, request, act)))

    def do(self, assignment: Assignment, request: Request, act: Act) -> Assignment:
        raise NotImplementedError


class HandOverView(AssignmentVerbView):
    """Handing over."""

    @extend_schema(request=bodies.HandOver, responses=AssignmentRow)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Somebody else sees to it, by the same time."""
        return super().post(request, **kwargs)

    def do(self, assignment: Assignment, request: Request, act: Act) -> Assignment:
        return hand_over(assignment, to=_person(bodies.HandOver.take(request)["to"]), by=act.by, at=act.at)


class EndView(AssignmentVerbView):
    """Ending."""

    @extend_schema(request=bodies.Because, responses=AssignmentRow)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """End it by hand, with a reason; an answered gap closes by itself."""
        return super().post(request, **kwargs)

    def do(self, assignment: Assignment, request: Request, act: Act) -> Assignment:
        return end_assignment(assignment, **bodies.Because.take(request), by=act.by, at=act.at)


def _person(email: str) -> User:
    found = User.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise Invalid("Nobody here has this e-mail.", field="to", code="unknown")
    return found


def _whole(assignment: Assignment) -> dict[str, Any]:
    row = Assignment.objects.filter(pk=assignment.pk).annotate(due=Subquery(DUE)).values(*ROW.values()).get()
    return {name: row[column] for name, column in ROW.items()}
