"""revisions/: from a draft to the help centre by the back office's own verbs; a signature names the words it is for."""

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
from financy_support.api.scopes import Scope
from financy_support.api.serializers import ProblemDetail
from financy_support.api.views import DeskView, RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid, NotFound
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from knowledge.api import bodies
from knowledge.models import Article, CheckKind, Revision, RevisionState, Significance, Translation
from knowledge.publishing_gates import what_is_missing
from knowledge.revision_gates import is_writer, require_writer
from knowledge.workflow.approve_revision import approve_revision
from knowledge.workflow.begin_revision import AT_WORK, begin_revision
from knowledge.workflow.discard_draft import discard_draft
from knowledge.workflow.edit_draft import edit_draft
from knowledge.workflow.publish_at_once import publish_at_once
from knowledge.workflow.record_check import record_check
from knowledge.workflow.review_revision import review_revision
from knowledge.workflow.submit_revision import submit_revision

ROW = {
    "id": "id",
    "article": "translation__article__code",
    "language": "translation__language",
    "number": "number",
    "state": "state",
    "title": "title",
    "significance": "significance",
    "author": "author__email",
    "reviewer": "reviewer__email",
    "approver": "approver__email",
    "created_at": "created_at",
    "published_at": "published_at",
}
WORDS = (
    "summary", "keywords", "body", "digest", "comment", "based_on", "returned_because", "reviewed_at", "approved_at",
    "guidelines", "readability_override", "urgent_because",
)  # fmt: skip
CHECK = ("kind", "passed", "by__email", "at", "digest", "notes")


class RevisionRow(serializers.Serializer[Any]):
    """One wording of an article in one language."""

    id = serializers.IntegerField()
    article = serializers.CharField(help_text="The article's code.")
    language = serializers.ChoiceField(Language.choices)
    number = serializers.IntegerField()
    state = serializers.ChoiceField(RevisionState.choices)
    title = serializers.CharField(allow_blank=True)
    significance = serializers.ChoiceField(Significance.choices)
    author = serializers.CharField()
    reviewer = serializers.CharField(allow_null=True)
    approver = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)


class CheckRow(serializers.Serializer[Any]):
    """A technical review, or a test by sample customers."""

    kind = serializers.ChoiceField(CheckKind.choices)
    passed = serializers.BooleanField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    digest = serializers.CharField(help_text="Of the words that were tried.")
    notes = serializers.CharField()


class WholeRevision(RevisionRow):
    """With its words, its checks, and what a publication still misses."""

    summary = serializers.CharField(allow_blank=True)
    keywords = serializers.CharField(allow_blank=True)
    body = serializers.CharField(allow_blank=True, help_text="Markdown; links between articles are article:<code>.")
    digest = serializers.CharField(help_text="Of these words; whoever signs sends it back.")
    comment = serializers.CharField(allow_blank=True)
    based_on = serializers.IntegerField(allow_null=True, help_text="The source's revision that it was translated from.")
    returned_because = serializers.CharField(allow_blank=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    guidelines = serializers.ListField(child=serializers.CharField())
    readability_override = serializers.CharField(allow_blank=True)
    urgent_because = serializers.CharField(allow_blank=True)
    checks = CheckRow(many=True)
    missing = ProblemDetail(many=True)


class RevisionFilter(FilterSet):
    """By what revisions may be narrowed."""

    state = ChoiceFilter(choices=RevisionState.choices)
    language = ChoiceFilter(field_name="translation__language", choices=Language.choices)
    article = CharFilter(field_name="translation__article__code", max_length=80)

    class Meta:
        model = Revision
        fields: list[str] = []


class WriterScopes(DeskView):
    """For editors and agents; tools see no draft, and sign nothing."""

    is_for_staff: ClassVar[bool] = True
    scope_read: ClassVar[Scope] = Scope.KNOWLEDGE_READ
    scope_write: ClassVar[Scope] = Scope.KNOWLEDGE_WRITE


class RevisionsView(WriterScopes, RowsView, ActingPost):
    """The history of every article, and the door for its next wording."""

    model = Revision
    filterset_class = RevisionFilter
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"-id": ("-id",), "id": ("id",)}

    def rows(self) -> Any:
        return seen_by(self.reader).values(*ROW.values())

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [{name: row[column] for name, column in ROW.items()} for row in rows]

    @extend_schema(responses=RevisionRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Newest first; `?state=in_review` is the review queue."""
        return super().get(request, **kwargs)

    @extend_schema(request=bodies.BeginRevision, responses={201: WholeRevision})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Begin the next wording of an article in a language, from what readers see; a translation from its source."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = bodies.BeginRevision.take(request)
        require_writer(act.by)
        article = Article.objects.filter(code=said["article"]).first()
        if article is None:
            raise Invalid("No article has this code.", field="article", code="unknown")
        return answer_of(begin_revision(article, language=said["language"], by=act.by, at=act.at), 201)


class RevisionView(WriterScopes):
    """One revision."""

    @extend_schema(responses=WholeRevision)
    def get(self, request: Request, number: int) -> Response:
        """Its words, who signed, what was tried, what is missing; the ETag is asked back by PATCH."""
        revision = seen_by(self.reader).filter(pk=number).first()
        if revision is None:
            raise NotFound
        return Response(_whole(revision), headers={"ETag": etag_of(version_of(revision))})

    @extend_schema(request=bodies.EditDraft, responses=WholeRevision)
    def patch(self, request: Request, number: int) -> HttpResponse:
        """Change the words of one's own draft; what is left out stays."""
        return answer_once(request, lambda act: self._edit(request, number, act))

    def _edit(self, request: Request, number: int, act: Act) -> Answer:
        said = bodies.EditDraft.take(request)
        Translation.objects.filter(revisions=number).select_for_update(no_key=True).first()  # as every verb does first
        revision = seen_by(act.by).filter(pk=number).first()
        if revision is None:
            raise NotFound
        require_match(request, version_of(revision))
        return answer_of(edit_draft(revision, by=act.by, at=act.at, **said))


class VerbView(WriterScopes, ActingPost):
    """One verb on one revision; its answer is the revision as it is then."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        revision = seen_by(act.by).filter(pk=kwargs["number"]).first()
        if revision is None:
            raise NotFound
        return answer_of(self.do(revision, request, act))

    def do(self, revision: Revision, request: Request, act: Act) -> Revision:
        raise NotImplementedError


class SubmitView(VerbView):
    """Handing in."""

    @extend_schema(request=bodies.Submit, responses=WholeRevision)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """From draft to review; every missing part is named, and the hardest sentences."""
        return super().post(request, **kwargs)

    def do(self, revision: Revision, request: Request, act: Act) -> Revision:
        return submit_revision(revision, **bodies.Submit.take(request), by=act.by, at=act.at)


class ReviewView(VerbView):
    """The peer's signature."""

    @extend_schema(request=bodies.Review, responses=WholeRevision)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Sign the words of `digest` as clear, concise and actionable, or give them back with a reason."""
        return super().post(request, **kwargs)

    def do(self, revision: Revision, request: Request, act: Act) -> Revision:
        return review_revision(revision, **bodies.Review.take(request), by=act.by, at=act.at)


class ApproveView(VerbView):
    """The expert's signature."""

    @extend_schema(request=bodies.Sign, responses=WholeRevision)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Sign the words of `digest`, which then take the train, or give them back with a reason."""
        return super().post(request, **kwargs)

    def do(self, revision: Revision, request: Request, act: Act) -> Revision:
        return approve_revision(revision, **bodies.Sign.take(request), by=act.by, at=act.at)


class ChecksView(VerbView):
    """What was tried."""

    @extend_schema(request=bodies.RecordCheck, responses=WholeRevision)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Record a technical review, or a test by sample customers, of the words of `digest`."""
        return super().post(request, **kwargs)

    def do(self, revision: Revision, request: Request, act: Act) -> Revision:
        return record_check(revision, **bodies.RecordCheck.take(request), by=act.by, at=act.at).revision


class PublishView(VerbView):
    """What cannot wait."""

    @extend_schema(request=bodies.PublishAtOnce, responses=WholeRevision)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Publish a critical article at once; its approval is owed within 24 hours."""
        return super().post(request, **kwargs)

    def do(self, revision: Revision, request: Request, act: Act) -> Revision:
        return publish_at_once(revision, **bodies.PublishAtOnce.take(request), by=act.by, at=act.at)


class DiscardView(VerbView):
    """Making room."""

    @extend_schema(request=bodies.Nothing, responses=WholeRevision)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Discard what is at work; the history keeps it."""
        return super().post(request, **kwargs)

    def do(self, revision: Revision, request: Request, act: Act) -> Revision:
        bodies.Nothing.take(request)
        return discard_draft(revision, by=act.by, at=act.at)


def seen_by(reader: User) -> QuerySet[Revision]:
    """Drafts and the history are for those who write; for everybody else there are none."""
    return Revision.objects.all() if is_writer(reader) else Revision.objects.none()


def answer_of(revision: Revision, status: int = 200) -> Answer:
    """The revision as it is now."""
    now = Revision.objects.get(pk=revision.pk)
    headers = {"ETag": etag_of(version_of(now))}
    if status == 201:
        headers["Location"] = f"/api/v1/revisions/{now.pk}/"
    return Answer(_whole(now), status, headers)


def version_of(revision: Revision) -> str:
    """What its ETag is made of: all that a draft's author can change."""
    said = [revision.digest, revision.state, str(revision.significance), revision.comment]
    return sha256("\n".join(said).encode()).hexdigest()[:32]


def _whole(revision: Revision) -> dict[str, Any]:
    row = Revision.objects.filter(pk=revision.pk).values(*ROW.values(), *WORDS).get()
    is_at_work = RevisionState(row["state"]) in AT_WORK
    return {
        **{name: row[column] for name, column in ROW.items()},
        **{name: row[name] for name in WORDS},
        "checks": [
            {"by" if name == "by__email" else name: one[name] for name in CHECK}
            for one in revision.checks.values(*CHECK)
        ],
        "missing": [asdict(one) for one in what_is_missing(revision)] if is_at_work else [],
    }
