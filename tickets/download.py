"""One attachment as a download, never as a page."""

from __future__ import annotations

from django.http import FileResponse, Http404

from financy_support.desk.errors import NotFound
from tickets.files import open_file, served_as
from tickets.models import Attachment, Ticket


def attachment_answer(ticket: Ticket, number: int) -> FileResponse:
    """The file ``number`` of a ticket that the caller found in the reader's scope. Raises Http404.

    Saved, not shown; its type is one that browsers do not run, its page may run nothing (design §3 'Access').
    """
    file = Attachment.objects.filter(ticket=ticket, pk=number).first()
    if file is None:
        raise Http404
    try:
        content = open_file(file)
    except NotFound as gone:
        raise Http404 from gone
    answer = FileResponse(
        content,
        as_attachment=True,
        filename=file.name,
        content_type=served_as(file.content_type),
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
