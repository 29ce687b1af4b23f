"""articles/<number>/check, retire and restore: what is done to a whole article, by the number of any language of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from financy_support.api.idempotency import ActingPost, Answer
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid, NotFound
from knowledge.api import bodies
from knowledge.api.revisions import WriterScopes
from knowledge.models import Article, Translation
from knowledge.revision_gates import is_writer
from knowledge.workflow.check_article import check_article
from knowledge.workflow.retire_article import restore_article, retire_article

STATE = ("checked_at", "review_due_at", "withdrawn_at", "retired_at", "retired_because")


class ArticleState(serializers.Serializer[Any]):
    """Whether readers have it, and when it is due."""

    article = serializers.CharField(help_text="Its code.")
    checked_at = serializers.DateTimeField(allow_null=True)
    review_due_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)
    retired_because = serializers.CharField(allow_blank=True)


class ArticleVerbView(WriterScopes, ActingPost):
    """One verb on one article."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        found = Translation.objects.filter(pk=kwargs["number"]).select_related("article").first()
        if found is None or not is_writer(act.by):
            raise NotFound
        article = self.do(found.article, request, act)
        return Answer({"article": article.code, **{name: getattr(article, name) for name in STATE}})

    def do(self, article: Article, request: Request, act: Act) -> Article:
        raise NotImplementedError


class CheckView(ArticleVerbView):
    """Looking over."""

    @extend_schema(request=bodies.Nothing, responses=ArticleState)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """It is true and still needed; readers see the day."""
        return super().post(request, **kwargs)

    def do(self, article: Article, request: Request, act: Act) -> Article:
        bodies.Nothing.take(request)
        return check_article(article, by=act.by, at=act.at)


class RetireView(ArticleVerbView):
    """Taking out."""

    @extend_schema(request=bodies.Retire, responses=ArticleState)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Readers no longer find it, in any language; its addresses lead to what replaces it, if anything does."""
        return super().post(request, **kwargs)

    def do(self, article: Article, request: Request, act: Act) -> Article:
        said = bodies.Retire.take(request)
        code = said.pop("replaced_by", "")
        replacement = Article.objects.filter(code=code).first() if code else None
        if code and replacement is None:
            raise Invalid("No article has this code.", field="replaced_by", code="unknown")
        return retire_article(article, **said, replaced_by=replacement, by=act.by, at=act.at)


class RestoreView(ArticleVerbView):
    """Putting back."""

    @extend_schema(request=bodies.Nothing, responses=ArticleState)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Readers find it again; it counts as looked over now."""
        return super().post(request, **kwargs)

    def do(self, article: Article, request: Request, act: Act) -> Article:
        bodies.Nothing.take(request)
        return restore_article(article, by=act.by, at=act.at)
