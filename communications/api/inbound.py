"""inbound/mail/: a mail server hands in a raw mail; answered only when it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from communications.api.shapes import KeptMail
from communications.inbound.keep import Envelope, TooLarge, keep_mail
from communications.inbound.limits import LARGEST_MAIL
from communications.models import Door
from financy_support.api.scopes import Scope
from financy_support.api.views import DeskView, request_id_of
from financy_support.desk.audit.acting import acting


class RawParser(BaseParser):
    """The bytes as they come, whatever they are called, and never more than a mail may have."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return stream.read(LARGEST_MAIL + 1)


class InboundMailView(DeskView):
    """The door for mail over HTTP (design §3 'API manners': senders bring their own identity, nothing is throttled)."""

    scope_read: ClassVar[Scope] = Scope.MAIL_WRITE
    scope_write: ClassVar[Scope] = Scope.MAIL_WRITE
    is_for_tools: ClassVar[bool] = True
    parser_classes = [RawParser]
    throttle_classes = []

    @extend_schema(
        request={"message/rfc822": OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter("sender", str, description="Return path of the envelope; empty for the null one."),
            OpenApiParameter("recipient", str, many=True, description="Recipients of the envelope."),
        ],
        responses={202: KeptMail},
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Hand in one raw mail (RFC 5322). 202 says that it is kept; the same mail again gets the same answer.

        503 says: not now, try again. There is no 429.
        """
        content = request.data if isinstance(request.data, bytes) else b""
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_MAIL:
            raise TooLarge(f"{LARGEST_MAIL:,} bytes is the most.", field="body")
        said = request.query_params
        envelope = Envelope(said.get("sender"), said.getlist("recipient"))
        with acting(by=self.reader, channel="inbound", request_id=request_id_of(request)) as act:
            mail = keep_mail(content, door=Door.HTTP, envelope=envelope, by=act.by, at=act.at)
        return Response({"mail": mail.pk, "sha256": mail.sha256}, status=202)
