"""articles/import/ and articles/export/: whole knowledge bases in and out; what comes in are drafts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from financy_support.api.filters import refuse_unknown_parameters
from financy_support.api.form_parser import FormParser
from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.serializers import ProblemDetail, StrictSerializer
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid
from financy_support.desk.people.language import Language
from knowledge.api.articles import KnowledgeScopes
from knowledge.api.revisions import WriterScopes
from knowledge.export import FORMATS
from knowledge.imports.upload import LARGEST_EXPORT, category_named, forget, keep, read_kept
from knowledge.models import ImportSource
from knowledge.revision_gates import require_writer
from knowledge.workflow.import_articles import CREATED, REFUSED, UNCHANGED, UPDATED, import_articles


class ExportForm(FormParser):
    """A form with one export."""

    largest: ClassVar[int] = LARGEST_EXPORT + 1024 * 1024


class ImportArticles(StrictSerializer):
    """An export of another knowledge base."""

    source = serializers.ChoiceField(ImportSource.choices)  # type: ignore[assignment]  # fields have one too
    file = serializers.FileField(max_length=255, help_text="JSON, JSON Lines or a zip, as the source exports it.")
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Say what would be, write nothing.")
    category = serializers.SlugField(max_length=50, required=False, help_text="For what fits no category here.")
    language = serializers.ChoiceField(Language.choices, required=False, help_text="Of pages that do not say theirs.")


class OutcomeRow(serializers.Serializer[Any]):
    """What became of one item."""

    external_id = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    outcome = serializers.ChoiceField([(one, one) for one in (CREATED, UPDATED, UNCHANGED, REFUSED)])
    article = serializers.CharField(allow_blank=True, help_text="Its code here.")
    languages = serializers.ListField(child=serializers.CharField(), help_text="In which it has a new draft.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What was left out, or is worth knowing.")
    problems = ProblemDetail(many=True)


class ImportReport(serializers.Serializer[Any]):
    """What became of each item."""

    source = serializers.ChoiceField(ImportSource.choices)  # type: ignore[assignment]  # fields have one too
    dry_run = serializers.BooleanField()
    counts = serializers.DictField(child=serializers.IntegerField())
    items = OutcomeRow(many=True)


class ImportView(WriterScopes, ActingPost):
    """Bringing in."""

    parser_classes = [ExportForm]

    @extend_schema(request={"multipart/form-data": ImportArticles}, responses=ImportReport)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Bring an export in as drafts in your name; twice brings nothing twice, and each item has its outcome."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = ImportArticles.take(request)
        require_writer(act.by)
        fallback = category_named(said.get("category", ""))
        file = keep(said["file"])
        try:
            language = said.get("language", Language.ENGLISH.value)
            items = read_kept(file, source=said["source"], language=language)
        finally:
            forget(file)
        wanted = {"source": said["source"], "dry_run": said["dry_run"], "fallback": fallback}
        return Answer(import_articles(items, **wanted, by=act.by, at=act.at).as_data())


class ExportView(KnowledgeScopes):
    """Taking out."""

    @extend_schema(
        parameters=[OpenApiParameter("format", str, enum=list(FORMATS), description="jsonl when left out.")],
        responses={(200, kind): OpenApiResponse(OpenApiTypes.BINARY) for _, kind, _ in FORMATS.values()},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """What you may read: Zendesk's objects, a JSON line each, or a zip of Markdown files."""
        refuse_unknown_parameters(request, ["format"])
        wanted = request.query_params.get("format", "jsonl")
        if wanted not in FORMATS:
            raise Invalid(f"No format {wanted[:50]!r}. Use one of: {', '.join(FORMATS)}.", field="format")
        make, content_type, name = FORMATS[wanted]
        answer = StreamingHttpResponse(make(self.reader), content_type=content_type)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer
