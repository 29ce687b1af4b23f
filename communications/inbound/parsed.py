"""ParsedMail: what a mail says, as plain data that a child process hands over; nothing in it is trusted."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class MailFile:
    """One part that is a file: an attachment, or an image that the HTML shows by its Content-ID."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True)
class Refusal:
    """What a delivery report (RFC 3464) says about one recipient."""

    recipient: str
    action: str
    status: str
    said: str


@dataclass(frozen=True)
class ParsedMail:
    """Addresses without names are lower case; ids are whole with their angles; ``marks`` are lower-case headers."""

    sender: str = ""
    sender_name: str = ""
    recipients: list[str] = field(default_factory=list)
    subject: str = ""
    message_id: str = ""
    in_reply_to: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    authentication: list[str] = field(default_factory=list)
    report_type: str = ""
    refusals: list[Refusal] = field(default_factory=list)
    reported_ids: list[str] = field(default_factory=list)
    text: str = ""
    html: str = ""
    files: list[MailFile] = field(default_factory=list)

    @property
    def answered_ids(self) -> list[str]:
        """The mails that this one may answer: In-Reply-To first, then References from the newest back."""
        return list(dict.fromkeys([*self.in_reply_to, *reversed(self.references)]))


def from_json(said: dict[str, Any]) -> ParsedMail:
    """What :mod:`communications.inbound.child` printed."""
    files = [MailFile(**{**one, "content": base64.b64decode(one["content"])}) for one in said.pop("files")]
    refusals = [Refusal(**one) for one in said.pop("refusals")]
    return ParsedMail(**said, files=files, refusals=refusals)
