"""tickets/{reference}/replies/, notes/ and attachments/: what is said, and the files that come with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import FileResponse, HttpResponse, HttpResponseBase
from drf_spectacular.utils import OpenApiResponse, OpenApiTypes, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.form_parser import FormParser
from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.views import RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import NotFound
from tickets.api.conversation import FILE_COLUMNS, REPLY_COLUMNS, files_seen_by, with_files, words_seen_by
from tickets.api.find import find_ticket
from tickets.api.serializers import Attach, Say, SayInPublic
from tickets.api.shapes import AttachmentRow, ReplyRow
from tickets.api.shown import attachment_shown
from tickets.api.views import TicketScopes
from tickets.files import LARGEST_FILE, MOST_FILES, Upload, open_file, served_as
from tickets.models import Attachment, Reply
from tickets.models.ticket import reference_of
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket

OLDEST_FIRST = {"created_at": ("id",), "-created_at": ("-id",)}


class WordsView(TicketScopes, RowsView, ActingPost):
    """Words of one ticket; subclasses say which."""

    model = Reply
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = OLDEST_FIRST
    is_internal: ClassVar[bool]

    def rows(self) -> Any:
        ticket = find_ticket(self.kwargs["reference"], self.reader)
        words = words_seen_by(self.reader).filter(ticket=ticket, is_internal=self.is_internal)
        return words.values(*REPLY_COLUMNS, "ticket_id")

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return with_files(rows, rows[0]["ticket_id"], reader=self.reader) if rows else []


class RepliesView(WordsView):
    """What customer and support said to each other."""

    is_internal: ClassVar[bool] = False

    @extend_schema(responses=ReplyRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Public replies, oldest first; the first is the question."""
        return super().get(request, **kwargs)

    @extend_schema(request=SayInPublic, responses={201: ReplyRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Answer, or ask on. An agent's reply goes out to the customer and keeps the promised response.

        Doubts about an agent's words are answered with 409 needs_confirmation; the same with “confirm” goes through.
        """
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = SayInPublic.take(request)
        ticket = find_ticket(kwargs["reference"], act.by)
        return said_answer(reply_to_ticket(ticket, **said, by=act.by, at=act.at), act)


class NotesView(WordsView):
    """What staff say among themselves."""

    is_internal: ClassVar[bool] = True
    is_for_staff: ClassVar[bool] = True

    @extend_schema(responses=ReplyRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Internal notes, oldest first."""
        return super().get(request, **kwargs)

    @extend_schema(request=Say, responses={201: ReplyRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Add an internal note; customers never see it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = Say.take(request)
        ticket = find_ticket(kwargs["reference"], act.by)
        return said_answer(note_ticket(ticket, body=said["body"], by=act.by, at=act.at), act)


class FilesForm(FormParser):
    """A form with files."""

    largest: ClassVar[int] = (MOST_FILES + 1) * LARGEST_FILE


class AttachmentsView(TicketScopes, RowsView, ActingPost):
    """Files of one ticket."""

    model = Attachment
    parser_classes = [FilesForm]
    orders: ClassVar[Mapping[str, tuple[str, ...]]] = OLDEST_FIRST

    def rows(self) -> Any:
        ticket = find_ticket(self.kwargs["reference"], self.reader)
        return files_seen_by(self.reader).filter(ticket=ticket).values(*FILE_COLUMNS, "ticket_id")

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        return [attachment_shown(row, reference=reference_of(row["ticket_id"])) for row in rows]

    @extend_schema(responses=AttachmentRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Files that came with what the reader may read, oldest first."""
        return super().get(request, **kwargs)

    @extend_schema(request={"multipart/form-data": Attach}, responses={201: ReplyRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send files with a reply or, from staff, with an internal note."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = Attach.take(request)
        ticket = find_ticket(kwargs["reference"], act.by)
        uploads = [Upload(file.name, file.content_type or "", file.read()) for file in said["file"]]
        body = said.get("body") or ", ".join(upload.name for upload in uploads)
        if said["is_internal"]:
            return said_answer(note_ticket(ticket, body=body, uploads=uploads, by=act.by, at=act.at), act)
        heard = {"seen": said.get("seen"), "confirm": said["confirm"]}
        return said_answer(reply_to_ticket(ticket, body=body, uploads=uploads, **heard, by=act.by, at=act.at), act)


class AttachmentView(TicketScopes):
    """One file; knowing its address is not enough."""

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    def get(self, request: Request, reference: str, number: int) -> HttpResponseBase:
        """The file, always as a download and never as a page."""
        ticket = find_ticket(reference, self.reader)
        file = files_seen_by(self.reader).filter(ticket=ticket, pk=number).first()
        if file is None:
            raise NotFound
        answer = FileResponse(
            open_file(file), as_attachment=True, filename=file.name, content_type=served_as(file.content_type)
        )
        answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


def said_answer(reply: Reply, act: Act) -> Answer:
    """The words as they were stored."""
    rows = Reply.objects.filter(pk=reply.pk).values(*REPLY_COLUMNS)
    return Answer(with_files(list(rows), reply.ticket_id, reader=act.by)[0], 201)
