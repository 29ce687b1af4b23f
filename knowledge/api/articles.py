"""articles/: what readers may read, as programs read it; the same search as the help centre's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django_filters.filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.filters import refuse_unknown_parameters
from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.scopes import Scope
from financy_support.api.views import DeskView, RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid, NotFound
from financy_support.desk.people.language import Language
from knowledge.api.bodies import WriteArticle
from knowledge.api.revisions import WholeRevision, answer_of
from knowledge.help_centre.shelves import address
from knowledge.models import Category, Translation
from knowledge.revision_gates import require_writer
from knowledge.search.complete import complete
from knowledge.search.find import LONGEST, Hit, find
from knowledge.workflow.write_article import write_article

ROW = {
    "id": "id",
    "article": "article__code",
    "language": "language",
    "slug": "slug",
    "title": "title",
    "summary": "summary",
    "category": "article__category__slug",
    "checked_at": "article__checked_at",
    "published_at": "current__published_at",
}


class ArticleRow(serializers.Serializer[Any]):
    """One article in one language."""

    id = serializers.IntegerField()
    article = serializers.CharField(help_text="Its code, the same in every language.")
    language = serializers.ChoiceField(Language.choices)
    slug = serializers.CharField(help_text="The end of its address: /help/<language>/<slug>/.")
    title = serializers.CharField()
    summary = serializers.CharField()
    category = serializers.CharField()
    checked_at = serializers.DateTimeField(allow_null=True, help_text="When somebody last found it true.")
    published_at = serializers.DateTimeField()


class WholeArticle(ArticleRow):
    """With its words."""

    keywords = serializers.CharField(allow_blank=True)
    body = serializers.CharField(help_text="Markdown; links between articles are article:<code>.")


class HitRow(serializers.Serializer[Any]):
    """One article that was found."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    slug = serializers.CharField()
    summary = serializers.CharField()
    snippet = serializers.CharField(allow_blank=True, help_text="Safe HTML: its words, those asked for in <mark>.")
    url = serializers.URLField(help_text="Where it is read.")


class OfferRow(serializers.Serializer[Any]):
    """One article that may be meant."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    slug = serializers.CharField()
    url = serializers.URLField()


class OffersRow(serializers.Serializer[Any]):
    """What is offered while somebody types."""

    results = OfferRow(many=True)


class FoundRow(serializers.Serializer[Any]):
    """What was found."""

    results = HitRow(many=True)
    is_guess = serializers.BooleanField(help_text="No article has all the words.")
    did_you_mean = serializers.CharField(allow_blank=True)


class ArticleFilter(FilterSet):
    """By what articles may be narrowed."""

    language = ChoiceFilter(choices=Language.choices)
    category = CharFilter(field_name="article__category__slug", max_length=50)
    tag = CharFilter(field_name="article__tagged__tag__slug", max_length=50)

    class Meta:
        model = Translation
        fields: list[str] = []


class KnowledgeScopes(DeskView):
    """What these views ask of a token. Everybody reads what the public reads, staff more."""

    scope_read: ClassVar[Scope] = Scope.KNOWLEDGE_READ
    scope_write: ClassVar[Scope] = Scope.KNOWLEDGE_WRITE


class ArticlesView(KnowledgeScopes, RowsView, ActingPost):
    """Published articles, one row a language, and the door for new ones."""

    model = Translation
    filterset_class = ArticleFilter
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"-id": ("-id",), "id": ("id",)}

    def rows(self) -> Any:
        return Translation.objects.visible_to(self.reader).values(*ROW.values())

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [{name: row[column] for name, column in ROW.items()} for row in rows]

    @extend_schema(responses=ArticleRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """What readers find, newest first."""
        return super().get(request, **kwargs)

    @extend_schema(request=WriteArticle, responses={201: WholeRevision})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Begin an article with its first draft; readers see nothing of it yet. For editors and agents."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = WriteArticle.take(request)
        require_writer(act.by)
        category = Category.objects.filter(slug=said.pop("category")).first()
        if category is None:
            known = ", ".join(Category.objects.values_list("slug", flat=True))
            raise Invalid(f"No such category. Known: {known}.", field="category", code="unknown")
        return answer_of(write_article(category=category, **said, by=act.by, at=act.at), 201)


class ArticleView(KnowledgeScopes):
    """One article in one language."""

    @extend_schema(responses=WholeArticle)
    def get(self, request: Request, number: int) -> Response:
        """Its words as they are shown now."""
        seen = Translation.objects.visible_to(self.reader).filter(pk=number)
        row = seen.values(*ROW.values(), "keywords", "current__body").first()
        if row is None:
            raise NotFound
        shown = {name: row[column] for name, column in ROW.items()}
        return Response({**shown, "keywords": row["keywords"], "body": row["current__body"]})


ASKED = [
    OpenApiParameter("q", str, required=True, description=f"At most {LONGEST} characters."),
    OpenApiParameter("language", str, enum=Language.values, description="en when left out."),
]


class SearchView(KnowledgeScopes):
    """The help centre's search."""

    @extend_schema(
        responses=FoundRow,
        parameters=[
            *ASKED,
            OpenApiParameter("tag", str, description="Only articles that have it."),
            OpenApiParameter("category", str, description="Only articles of this shelf, by its slug."),
        ],
    )
    def get(self, request: Request) -> Response:
        """The ten articles that answer best, by the reader's own words."""
        words, language = _asked(request, "tag", "category")
        tag, category = (request.query_params.get(name, "").replace("\x00", " ")[:50] for name in ("tag", "category"))
        found = find(words, language, reader=self.reader, at=timezone.now(), tag=tag, category=category)
        results = [{**_offer(hit, language), "summary": hit.summary, "snippet": hit.snippet} for hit in found.hits]
        return Response({"results": results, "is_guess": found.is_guess, "did_you_mean": found.did_you_mean})


class SuggestView(KnowledgeScopes):
    """What the search box offers."""

    @extend_schema(responses=OffersRow, parameters=ASKED)
    def get(self, request: Request) -> Response:
        """Up to six articles while somebody types; their last word may be half a word."""
        words, language = _asked(request)
        offered = complete(words, language, reader=self.reader, at=timezone.now())
        return Response({"results": [_offer(hit, language) for hit in offered]})


def _asked(request: Request, *narrowing: str) -> tuple[str, str]:
    refuse_unknown_parameters(request, ["q", "language", *narrowing])
    if "q" not in request.query_params:
        raise Invalid("Say what to search for: ?q=….", field="q", code="required")
    language = request.query_params.get("language", Language.ENGLISH.value)
    if language not in Language.values:
        raise Invalid(f"No language {language!r}. Use one of: {', '.join(Language.values)}.", field="language")
    return request.query_params.get("q", ""), language


def _offer(hit: Hit, language: str) -> dict[str, Any]:
    url = f"{settings.DESK_BASE_URL}{address(language, hit.slug)}"
    return {"id": hit.translation_id, "title": hit.title, "slug": hit.slug, "url": url}
