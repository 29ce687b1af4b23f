"""articles/feedback/ and votes: what readers say of articles, what becomes of it, and whether a change helped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.utils import timezone
from django_filters.filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.views import RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid, NotFound
from financy_support.desk.people.language import Language
from knowledge.api import bodies
from knowledge.api.articles import KnowledgeScopes
from knowledge.api.revisions import WriterScopes, seen_by
from knowledge.impact import impact_of
from knowledge.models import Feedback, FeedbackDeadline, FeedbackKind, FeedbackState, Revision, Translation
from knowledge.revision_gates import feedback_of
from knowledge.visitors import reader_who
from knowledge.workflow.answer_feedback import answer_feedback, link_feedback, merge_feedback
from knowledge.workflow.give_feedback import give_feedback
from knowledge.workflow.vote import vote_on_article

ROW = {
    "id": "id",
    "article": "translation__article__code",
    "language": "translation__language",
    "revision": "revision_id",
    "kind": "kind",
    "state": "state",
    "words": "words",
    "name": "name",
    "received_at": "received_at",
    "answer_by": "answer_by",
    "answer": "answer",
    "answered_at": "answered_at",
    "merged_into": "merged_into_id",
    "caused": "caused_id",
    "landed_at": "landed_at",
}
ANSWER_BY = FeedbackDeadline.objects.filter(feedback=OuterRef("pk")).order_by("id").values("due_at")[:1]


class FeedbackRow(serializers.Serializer[Any]):
    """What a reader said of an article, and what became of it."""

    id = serializers.IntegerField()
    article = serializers.CharField(help_text="The article's code.")
    language = serializers.ChoiceField(Language.choices)
    revision = serializers.IntegerField(help_text="The wording that they read.")
    kind = serializers.ChoiceField(FeedbackKind.choices)
    state = serializers.ChoiceField(FeedbackState.choices)
    words = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    received_at = serializers.DateTimeField()
    answer_by = serializers.DateTimeField(help_text="48 hours after it was received.")
    answer = serializers.CharField(allow_blank=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    merged_into = serializers.IntegerField(allow_null=True, help_text="The feedback that says the same.")
    caused = serializers.IntegerField(allow_null=True, help_text="The revision that came of it.")
    landed_at = serializers.DateTimeField(allow_null=True, help_text="When readers first saw that.")


class VoteRow(serializers.Serializer[Any]):
    """The vote as it stands now."""

    revision = serializers.IntegerField()
    is_helpful = serializers.BooleanField(allow_null=True)
    stars = serializers.IntegerField(allow_null=True)


class FigureRow(serializers.Serializer[Any]):
    """A figure with its interval of 95 %."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField()
    sample = serializers.IntegerField()


class ComparisonRow(serializers.Serializer[Any]):
    """One figure before and after."""

    name = serializers.ChoiceField([(one, one) for one in ("helpful", "stars", "no_ticket")])
    before = FigureRow()
    after = FigureRow()
    verdict = serializers.ChoiceField([(one, one) for one in ("better", "worse", "no_difference", "too_little_data")])


class ImpactRow(serializers.Serializer[Any]):
    """Whether a revision helped."""

    comparisons = ComparisonRow(many=True)


class FeedbackFilter(FilterSet):
    """By what feedback may be narrowed."""

    state = ChoiceFilter(choices=FeedbackState.choices)
    kind = ChoiceFilter(choices=FeedbackKind.choices)
    language = ChoiceFilter(field_name="translation__language", choices=Language.choices)
    article = CharFilter(field_name="translation__article__code", max_length=80)

    class Meta:
        model = Feedback
        fields: list[str] = []


class FeedbacksView(KnowledgeScopes, RowsView, ActingPost):
    """The queue for those who write, their own words for customers; and the door for everybody's."""

    model = Feedback
    filterset_class = FeedbackFilter
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"-id": ("-id",), "id": ("id",)}

    def rows(self) -> Any:
        return feedback_of(self.reader).annotate(answer_by=Subquery(ANSWER_BY)).values(*ROW.values())

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [_shown(row) for row in rows]

    @extend_schema(responses=FeedbackRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Newest first; `?state=waiting` is what waits for an answer."""
        return super().get(request, **kwargs)

    @extend_schema(request=bodies.GiveFeedback, responses={201: FeedbackRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Say what is wrong with an article, or comment on it; it is answered within 48 hours."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = bodies.GiveFeedback.take(request)
        article = Translation.objects.visible_to(act.by).filter(pk=said.pop("article")).first()
        if article is None:
            raise Invalid("No article that you can read has this number.", field="article", code="unknown")
        feedback = give_feedback(article, **said, by=act.by, at=act.at)
        return Answer(_whole(feedback), 201, {"Location": f"/api/v1/articles/feedback/{feedback.pk}/"})


class FeedbackView(KnowledgeScopes):
    """One of them."""

    @extend_schema(responses=FeedbackRow)
    def get(self, request: Request, number: int) -> Response:
        """What was said, and what became of it."""
        found = feedback_of(self.reader).filter(pk=number).first()
        if found is None:
            raise NotFound
        return Response(_whole(found))


class FeedbackVerbView(WriterScopes, ActingPost):
    """One verb on one feedback."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        found = feedback_of(act.by).filter(pk=kwargs["number"]).first()
        if found is None:
            raise NotFound
        return Answer(_whole(self.do(found, request, act)))

    def do(self, feedback: Feedback, request: Request, act: Act) -> Feedback:
        raise NotImplementedError


class AnswerView(FeedbackVerbView):
    """Answering."""

    @extend_schema(request=bodies.AnswerFeedback, responses=FeedbackRow)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Show a comment, plan a change, or decline; whoever left an address is told."""
        return super().post(request, **kwargs)

    def do(self, feedback: Feedback, request: Request, act: Act) -> Feedback:
        return answer_feedback(feedback, **bodies.AnswerFeedback.take(request), by=act.by, at=act.at)


class MergeView(FeedbackVerbView):
    """Finding that it was said before."""

    @extend_schema(request=bodies.MergeFeedback, responses=FeedbackRow)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """It says what another one says; its reader is thanked with that one's."""
        return super().post(request, **kwargs)

    def do(self, feedback: Feedback, request: Request, act: Act) -> Feedback:
        other = feedback_of(act.by).filter(pk=bodies.MergeFeedback.take(request)["into"]).first()
        if other is None:
            raise Invalid("No feedback has this number.", field="into", code="unknown")
        return merge_feedback(feedback, into=other, by=act.by, at=act.at)


class LinkView(FeedbackVerbView):
    """Naming the change."""

    @extend_schema(request=bodies.LinkFeedback, responses=FeedbackRow)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """This revision came of it: its reader is thanked when it is published."""
        return super().post(request, **kwargs)

    def do(self, feedback: Feedback, request: Request, act: Act) -> Feedback:
        number = bodies.LinkFeedback.take(request)["revision"]
        revision = Revision.objects.select_related("translation").filter(pk=number).first()
        if revision is None:
            raise Invalid("No revision has this number.", field="revision", code="unknown")
        return link_feedback(feedback, revision=revision, by=act.by, at=act.at)


class VoteView(KnowledgeScopes, ActingPost):
    """A vote."""

    @extend_schema(request=bodies.Vote, responses=VoteRow)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Whether the words that are shown now helped, or how many stars they get; said again, it is changed."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = bodies.Vote.take(request)
        article = Translation.objects.visible_to(act.by).filter(pk=kwargs["number"]).first()
        if article is None or article.current_id is None:
            raise NotFound
        vote = vote_on_article(
            article, reader=reader_who(str(act.by.pk), article.current_id), **said, by=act.by, at=act.at
        )
        return Answer({"revision": vote.revision_id, "is_helpful": vote.is_helpful, "stars": vote.stars})


class ImpactView(WriterScopes):
    """Before and after."""

    @extend_schema(responses=ImpactRow)
    def get(self, request: Request, number: int) -> Response:
        """Votes and searches before this revision and since, with samples and intervals; empty when none saw it."""
        revision = seen_by(self.reader).filter(pk=number).first()
        if revision is None:
            raise NotFound
        shown = [
            {"name": one.name, "before": asdict(one.before), "after": asdict(one.after), "verdict": one.verdict}
            for one in impact_of(revision, timezone.now())
        ]
        return Response({"comparisons": shown})


def _whole(feedback: Feedback) -> dict[str, Any]:
    row = Feedback.objects.filter(pk=feedback.pk).annotate(answer_by=Subquery(ANSWER_BY)).values(*ROW.values()).get()
    return _shown(row)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[column] for name, column in ROW.items()}
