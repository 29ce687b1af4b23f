"""articles/<number>/files/ and learning/: pictures, attachments and lessons of an article, by any of its languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.form_parser import FormParser
from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.serializers import StrictSerializer
from financy_support.api.views import RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import NotFound
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from knowledge.api import bodies
from knowledge.api.articles import KnowledgeScopes
from knowledge.api.revisions import WriterScopes
from knowledge.files import ENDINGS, LARGEST_FILE, file_answer, files_seen_by
from knowledge.models import ArticleFile, LearningKind, LearningResource, Translation
from knowledge.revision_gates import is_writer, require_writer
from knowledge.workflow.add_file import add_file
from knowledge.workflow.keep_learning import LONGEST_ADDRESS, LONGEST_TITLE, add_learning, remove_learning

FILE = ("id", "name", "content_type", "size", "width", "height", "sha256", "created_at")
LESSON = ("id", "kind", "title", "address", "language")


class OneFileForm(FormParser):
    """A form with one file."""

    largest: ClassVar[int] = 2 * LARGEST_FILE


class AddFile(StrictSerializer):
    """A picture or an attachment."""

    file = serializers.FileField(max_length=255, help_text="A picture (PNG, JPEG, GIF, WebP), PDF or plain text.")


class AddLearning(StrictSerializer):
    """A video or a course elsewhere."""

    kind = serializers.ChoiceField(LearningKind.choices)
    title = serializers.CharField(max_length=LONGEST_TITLE)
    address = serializers.CharField(max_length=LONGEST_ADDRESS, help_text="At Loom, Vimeo, YouTube or Teachable.")
    language = serializers.ChoiceField(Language.choices, required=False, help_text="All when left out.")


class FileRow(serializers.Serializer[Any]):
    """A file of an article; `articles/files/<id>/` is its content."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text="Words name it as file:<name>.")
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()


class LearningRow(serializers.Serializer[Any]):
    """A video or course that teaches more about an article."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(LearningKind.choices)
    title = serializers.CharField()
    address = serializers.CharField()
    language = serializers.CharField(allow_blank=True, help_text="Empty: for readers of all languages.")


class FilesView(KnowledgeScopes, RowsView, ActingPost):
    """Files of one article."""

    model = ArticleFile
    parser_classes = [OneFileForm]
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"id": ("id",), "-id": ("-id",)}

    def rows(self) -> Any:
        return files_seen_by(self.reader, find_translation(self.kwargs["number"], self.reader)).values(*FILE)

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return rows

    @extend_schema(responses=FileRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Files that the words name; to those who write, all."""
        return super().get(request, **kwargs)

    @extend_schema(request={"multipart/form-data": AddFile}, responses={201: FileRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Add a picture or attachment; readers see it when words that name it are published."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = AddFile.take(request)
        found = find_translation(kwargs["number"], act.by)
        require_writer(act.by)
        file, content = said["file"], said["file"].read(LARGEST_FILE + 1)
        kept = add_file(found.article, name=file.name, content=content, by=act.by, at=act.at)
        return Answer({name: getattr(kept, name) for name in FILE}, 201)


class FileView(KnowledgeScopes):
    """One file; knowing its number is not enough."""

    @extend_schema(responses={(200, kind): OpenApiResponse(OpenApiTypes.BINARY) for kind in ENDINGS})
    def get(self, request: Request, number: int) -> HttpResponse:
        """Its content, for whoever may read words that name it."""
        file = ArticleFile.objects.filter(pk=number).first()
        if file is None or not _is_seen(file, self.reader):
            raise NotFound
        return file_answer(file)


class LearningView(KnowledgeScopes, RowsView, ActingPost):
    """Lessons of one article."""

    model = LearningResource
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = {"id": ("id",), "-id": ("-id",)}

    def rows(self) -> Any:
        article = find_translation(self.kwargs["number"], self.reader).article_id
        return LearningResource.objects.filter(article=article).values(*LESSON)

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return rows

    @extend_schema(responses=LearningRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Videos and courses that teach more."""
        return super().get(request, **kwargs)

    @extend_schema(request=AddLearning, responses={201: LearningRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Show a video or course below the article, from now on."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = AddLearning.take(request)
        found = find_translation(kwargs["number"], act.by)
        lesson = add_learning(found.article, **said, by=act.by, at=act.at)
        return Answer({name: getattr(lesson, name) for name in LESSON}, 201)


class RemoveLearningView(WriterScopes, ActingPost):
    """Taking a lesson away."""

    @extend_schema(request=bodies.Nothing, responses=LearningRow)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Readers do not find it below the article any more."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        bodies.Nothing.take(request)
        lesson = LearningResource.objects.filter(pk=kwargs["number"]).first() if is_writer(act.by) else None
        if lesson is None:
            raise NotFound
        shown = {name: getattr(lesson, name) for name in LESSON}
        remove_learning(lesson, by=act.by, at=act.at)
        return Answer(shown)


def find_translation(number: int, reader: User) -> Translation:
    """An article by any language of it: what the reader sees, and to those who write every one. Raises NotFound."""
    rows = Translation.objects.all() if is_writer(reader) else Translation.objects.visible_to(reader)
    found = rows.filter(pk=number).select_related("article", "current").first()
    if found is None:
        raise NotFound
    return found


def _is_seen(file: ArticleFile, reader: User) -> bool:
    if is_writer(reader):
        return True
    shown = Translation.objects.visible_to(reader).filter(article=file.article_id).select_related("current")
    return any(files_seen_by(reader, one).filter(pk=file.pk).exists() for one in shown)
