"""The local mailbox: reads, as plain text, the mails that a trial desk kept instead of sending."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

NAME = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)-\d{1,9}\.eml")
MAILS_SHOWN, LARGEST_MAIL = 100, 2_000_000
HEADERS = (
    "X-Envelope-From", "X-Envelope-To", "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "Reply-To",
    "Content-Language", "Auto-Submitted", "X-Auto-Response-Suppress", "X-Financy-Reference",
)  # fmt: skip


@dataclass(frozen=True)
class Mail:
    """One kept mail; everything in it is text."""

    name: str
    at: datetime
    headers: list[tuple[str, str]]
    body: str

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")

    @property
    def to(self) -> str:
        return self.header("X-Envelope-To") or self.header("To")

    @property
    def subject(self) -> str:
        return self.header("Subject")


def is_open() -> bool:
    """A production desk has none: its mail goes out."""
    return not settings.PRODUCTION


def list_mails(request: HttpRequest, site: AdminSite) -> HttpResponseBase:
    """The latest hundred; for administrators, since mails say what security tickets say."""
    _require_open(request)
    names = _names()
    context = {
        **site.each_context(request),
        "title": _("Local mailbox"),
        "mails": [_read(name) for name in names[:MAILS_SHOWN]],
        "count": len(names),
        "shown": MAILS_SHOWN,
    }
    return TemplateResponse(request, "admin/mailbox.html", context)


def show_mail(request: HttpRequest, site: AdminSite, name: str) -> HttpResponseBase:
    """One mail as text, with the headers that matter."""
    _require_open(request)
    if not NAME.fullmatch(name) or not (Path(settings.DESK_MAILBOX) / name).is_file():
        raise Http404
    mail = _read(name)
    context = {**site.each_context(request), "title": mail.subject or name, "mail": mail}
    return TemplateResponse(request, "admin/mailbox_mail.html", context)


def _require_open(request: HttpRequest) -> None:
    user: Any = request.user
    if not (is_open() and user.is_superuser):
        raise Http404


def _names() -> list[str]:
    folder = Path(settings.DESK_MAILBOX)
    found = (file.name for file in folder.iterdir()) if folder.is_dir() else iter(())
    return sorted((name for name in found if NAME.fullmatch(name)), reverse=True)


def _read(name: str) -> Mail:
    with (Path(settings.DESK_MAILBOX) / name).open("rb") as file:
        parsed = message_from_bytes(file.read(LARGEST_MAIL), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    stamp = NAME.fullmatch(name)
    assert stamp is not None
    return Mail(
        name=name,
        at=datetime.strptime(stamp[1], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC),
        headers=[(header, str(parsed[header])) for header in HEADERS if parsed[header]],
        body=_text(parsed),
    )


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError, KeyError):  # a charset that nobody knows
        return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")  # type: ignore[union-attr]  # decoded
