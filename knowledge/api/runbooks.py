"""runbooks/: each wording of each runbook, and its way into force by the back office's own verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django_filters.filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.etag import etag_of, require_match
from financy_support.api.idempotency import ActingPost, Answer, answer_once
from financy_support.api.serializers import ProblemDetail
from financy_support.api.views import RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid, NotFound
from knowledge.api import bodies
from knowledge.api.revisions import WriterScopes
from knowledge.api.runbook_bodies import EditRunbook, WriteRunbook
from knowledge.models import Category, RevisionState, Runbook, RunbookRevision
from knowledge.revision_gates import require_writer
from knowledge.runbook_gates import runbooks_seen_by, what_is_wrong
from knowledge.workflow.approve_runbook import approve_runbook
from knowledge.workflow.begin_revision import AT_WORK
from knowledge.workflow.begin_runbook import begin_runbook
from knowledge.workflow.discard_runbook import discard_runbook
from knowledge.workflow.edit_runbook import edit_runbook
from knowledge.workflow.retire_runbook import restore_runbook, retire_runbook
from knowledge.workflow.review_runbook import review_runbook
from knowledge.workflow.submit_runbook import submit_runbook
from knowledge.workflow.write_runbook import write_runbook

ROW = {
    "id": "id",
    "runbook": "runbook__code",
    "issue_type": "runbook__issue_type",
    "category": "runbook__category__slug",
    "number": "number",
    "state": "state",
    "title": "title",
    "author": "author__email",
    "reviewer": "reviewer__email",
    "approver": "approver__email",
    "created_at": "created_at",
    "published_at": "published_at",
    "retired_at": "runbook__retired_at",
}
WORDS = (
    "steps", "criteria", "documentation", "template", "digest", "comment", "returned_because", "reviewed_at",
    "approved_at", "guidelines",
)  # fmt: skip


class RunbookRow(serializers.Serializer[Any]):
    """One wording of a runbook; the one whose state is published, and that is not retired, is in force."""

    id = serializers.IntegerField()
    runbook = serializers.CharField(help_text="The runbook's code.")
    issue_type = serializers.CharField()
    category = serializers.CharField(help_text="The shelf whose experts approve it.")
    number = serializers.IntegerField()
    state = serializers.ChoiceField(RevisionState.choices)
    title = serializers.CharField(allow_blank=True)
    author = serializers.CharField()
    reviewer = serializers.CharField(allow_null=True)
    approver = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)


class StepRow(serializers.Serializer[Any]):
    """One step."""

    key = serializers.CharField(allow_blank=True)
    number = serializers.IntegerField()
    action = serializers.CharField(allow_blank=True)
    commands = serializers.ListField(child=serializers.CharField())
    expected_outcome = serializers.CharField(allow_blank=True)
    waits_for_customer = serializers.BooleanField(help_text="Success is the customer's answer; three times at most.")
    success = serializers.CharField(allow_blank=True, help_text="A step's key, proceed_to_step_<number>, or an end.")
    failure = serializers.CharField(allow_blank=True)


class AutomaticRow(serializers.Serializer[Any]):
    """When it escalates by itself."""

    code = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)


class CriteriaRow(serializers.Serializer[Any]):
    """When it escalates."""

    automatic = AutomaticRow(many=True)
    manual = serializers.ListField(child=serializers.CharField())


class WholeRunbook(RunbookRow):
    """With its steps, and what the linter finds while it is at work."""

    steps = StepRow(many=True)
    criteria = CriteriaRow()
    documentation = serializers.ListField(child=serializers.CharField(), help_text="What must be written down.")
    template = serializers.CharField(allow_blank=True, help_text="The message of the resolution; empty: the usual one.")
    digest = serializers.CharField(help_text="Of all this; whoever signs sends it back.")
    comment = serializers.CharField(allow_blank=True)
    returned_because = serializers.CharField(allow_blank=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    guidelines = serializers.ListField(child=serializers.CharField())
    wrong = ProblemDetail(many=True)


class RunbookFilter(FilterSet):
    """By what runbooks may be narrowed."""

    state = ChoiceFilter(choices=RevisionState.choices)
    issue_type = CharFilter(field_name="runbook__issue_type", max_length=60)
    runbook = CharFilter(field_name="runbook__code", max_length=80)
    retired = ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="by_retired")

    class Meta:
        model = RunbookRevision
        fields: list[str] = []

    def by_retired(self, rows: QuerySet[RunbookRevision], name: str, value: str) -> QuerySet[RunbookRevision]:
        """Those whose runbook is out of use, or those in use."""
        return rows.filter(runbook__retired_at__isnull=value == "false")


class RunbooksView(WriterScopes, RowsView, ActingPost):
    """Runbooks, and the door for a new one."""

    model = RunbookRevision
    filterset_class = RunbookFilter
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"-id": ("-id",), "id": ("id",)}

    def rows(self) -> Any:
        return runbooks_seen_by(self.reader).values(*ROW.values())

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [{name: row[column] for name, column in ROW.items()} for row in rows]

    @extend_schema(responses=RunbookRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Every wording, newest first; `?state=published&retired=false` is what is in force."""
        return super().get(request, **kwargs)

    @extend_schema(request=WriteRunbook, responses={201: WholeRunbook})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Begin a runbook for an issue type that has none; its steps are written by PATCH."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = WriteRunbook.take(request)
        require_writer(act.by)
        category = Category.objects.filter(slug=said.pop("category")).first()
        if category is None:
            known = ", ".join(Category.objects.values_list("slug", flat=True))
            raise Invalid(f"No such category. Known: {known}.", field="category", code="unknown")
        return answer_of(write_runbook(category=category, **said, by=act.by, at=act.at), 201)


class RunbookView(WriterScopes):
    """One wording."""

    @extend_schema(responses=WholeRunbook)
    def get(self, request: Request, number: int) -> Response:
        """Its steps, who signed, what is wrong; the ETag is asked back by PATCH."""
        revision = runbooks_seen_by(self.reader).filter(pk=number).first()
        if revision is None:
            raise NotFound
        return Response(_whole(revision), headers={"ETag": etag_of(version_of(revision))})

    @extend_schema(request=EditRunbook, responses=WholeRunbook)
    def patch(self, request: Request, number: int) -> HttpResponse:
        """Change one's own draft; what is left out stays, a list is replaced as a whole."""
        return answer_once(request, lambda act: self._edit(request, number, act))

    def _edit(self, request: Request, number: int, act: Act) -> Answer:
        said = EditRunbook.take(request)
        held = Runbook.objects.select_for_update(of=("self",), no_key=True)  # as every verb does first
        held.filter(revisions=number).first()
        revision = runbooks_seen_by(act.by).filter(pk=number).first()
        if revision is None:
            raise NotFound
        require_match(request, version_of(revision))
        return answer_of(edit_runbook(revision, by=act.by, at=act.at, **said))


class RunbookVerbView(WriterScopes, ActingPost):
    """One verb on one wording; its answer is the wording as it is then."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        revision = runbooks_seen_by(act.by).filter(pk=kwargs["number"]).select_related("runbook").first()
        if revision is None:
            raise NotFound
        return self.do(revision, request, act)

    def do(self, revision: RunbookRevision, request: Request, act: Act) -> Answer:
        raise NotImplementedError


class BeginView(RunbookVerbView):
    """The next wording."""

    @extend_schema(request=bodies.Nothing, responses={201: WholeRunbook})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Begin the next wording of this runbook, from the one in force."""
        return super().post(request, **kwargs)

    def do(self, revision: RunbookRevision, request: Request, act: Act) -> Answer:
        bodies.Nothing.take(request)
        return answer_of(begin_runbook(revision.runbook, by=act.by, at=act.at), 201)


class SubmitView(RunbookVerbView):
    """Handing in."""

    @extend_schema(request=bodies.Nothing, responses=WholeRunbook)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """From draft to review; every edge to nowhere, unreachable step and endless circle is named."""
        return super().post(request, **kwargs)

    def do(self, revision: RunbookRevision, request: Request, act: Act) -> Answer:
        bodies.Nothing.take(request)
        return answer_of(submit_runbook(revision, by=act.by, at=act.at))


class ReviewView(RunbookVerbView):
    """The peer's signature."""

    @extend_schema(request=bodies.Review, responses=WholeRunbook)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Sign what `digest` names as clear, concise and actionable, or give it back with a reason."""
        return super().post(request, **kwargs)

    def do(self, revision: RunbookRevision, request: Request, act: Act) -> Answer:
        return answer_of(review_runbook(revision, **bodies.Review.take(request), by=act.by, at=act.at))


class ApproveView(RunbookVerbView):
    """The expert's signature."""

    @extend_schema(request=bodies.Sign, responses=WholeRunbook)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Sign what `digest` names, which is in force from then on, or give it back with a reason."""
        return super().post(request, **kwargs)

    def do(self, revision: RunbookRevision, request: Request, act: Act) -> Answer:
        return answer_of(approve_runbook(revision, **bodies.Sign.take(request), by=act.by, at=act.at))


class DiscardView(RunbookVerbView):
    """Making room."""

    @extend_schema(request=bodies.Nothing, responses=WholeRunbook)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Discard what is at work; the history keeps it."""
        return super().post(request, **kwargs)

    def do(self, revision: RunbookRevision, request: Request, act: Act) -> Answer:
        bodies.Nothing.take(request)
        return answer_of(discard_runbook(revision, by=act.by, at=act.at))


class RetireView(RunbookVerbView):
    """Taking out."""

    @extend_schema(request=bodies.Because, responses=WholeRunbook)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Nobody begins to work by this runbook any more, whichever wording of it the address names."""
        return super().post(request, **kwargs)

    def do(self, revision: RunbookRevision, request: Request, act: Act) -> Answer:
        retire_runbook(revision.runbook, **bodies.Because.take(request), by=act.by, at=act.at)
        return answer_of(revision)


class RestoreView(RunbookVerbView):
    """Putting back."""

    @extend_schema(request=bodies.Nothing, responses=WholeRunbook)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """People work by this runbook again."""
        return super().post(request, **kwargs)

    def do(self, revision: RunbookRevision, request: Request, act: Act) -> Answer:
        bodies.Nothing.take(request)
        restore_runbook(revision.runbook, by=act.by, at=act.at)
        return answer_of(revision)


def answer_of(revision: RunbookRevision, status: int = 200) -> Answer:
    """The wording as it is now."""
    now = RunbookRevision.objects.get(pk=revision.pk)
    headers = {"ETag": etag_of(version_of(now))}
    if status == 201:
        headers["Location"] = f"/api/v1/runbooks/{now.pk}/"
    return Answer(_whole(now), status, headers)


def version_of(revision: RunbookRevision) -> str:
    """What its ETag is made of: all that a draft's author can change."""
    return sha256("\n".join((revision.digest, revision.state, revision.comment)).encode()).hexdigest()[:32]


def _whole(revision: RunbookRevision) -> dict[str, Any]:
    row = RunbookRevision.objects.filter(pk=revision.pk).values(*ROW.values(), *WORDS).get()
    is_at_work = RevisionState(row["state"]) in AT_WORK
    return {
        **{name: row[column] for name, column in ROW.items()},
        **{name: row[name] for name in WORDS},
        "wrong": [asdict(one) for one in what_is_wrong(revision)] if is_at_work else [],
    }
