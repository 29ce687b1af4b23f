"""Postmark's API on loopback as its documentation says it: token, fields, error codes of 422; its webhooks' words."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.sinks.http import Answer, HttpSink, Refusal, Request

TOKEN = "0a1b2c3d-server-token"
KNOWN = {"From", "To", "Subject", "TextBody", "HtmlBody", "ReplyTo", "Headers", "Attachments", "MessageStream"}
OWN_FIELDS = {"from", "to", "cc", "bcc", "subject", "reply-to"}
ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
INACTIVE = 406


@dataclass
class PostmarkSink(HttpSink):
    """``mails`` are what was taken, by MessageID; to ``inactive`` addresses nothing goes."""

    mails: dict[str, dict[str, Any]] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)

    def answer_to(self, request: Request) -> Answer:
        if request.headers.get("x-postmark-server-token") != TOKEN:
            raise _refusal(401, 10, "No Account or Server API tokens were supplied in the HTTP headers.")
        if (request.method, request.path) != ("POST", "/email"):
            raise _refusal(404, 0, "Not found.")
        if request.content_type != "application/json" or "application/json" not in request.headers.get("accept", ""):
            raise _refusal(415, 0, "JSON only.")
        mail = request.json
        if unknown := set(mail) - KNOWN:
            raise _refusal(422, 403, f"Unknown fields {sorted(unknown)}.")
        to = ADDRESS.search(mail.get("To", ""))
        if not to or not ADDRESS.search(mail.get("From", "")):
            raise _refusal(422, 300, "Invalid 'To' or 'From' address.")
        if not mail.get("TextBody") and not mail.get("HtmlBody"):
            raise _refusal(422, 300, "Provide either email TextBody or HtmlBody or both.")
        for header in mail.get("Headers", []):
            if set(header) != {"Name", "Value"} or header["Name"].lower() in OWN_FIELDS:
                raise _refusal(422, 300, f"Header {header} is not allowed.")
        if to[0] in self.inactive:
            detail = (
                f"You tried to send to a recipient marked as inactive.\nFound inactive addresses: {to[0]}.\n"
                "Inactive recipients are ones that have generated a hard bounce or a spam complaint. "
            )
            raise _refusal(422, INACTIVE, detail)
        number = str(uuid.uuid4())
        self.mails[number] = mail
        said = {"To": mail["To"], "SubmittedAt": "2026-11-26T12:00:00Z", "MessageID": number, "ErrorCode": 0}
        return Answer(200, {**said, "Message": "OK"})


def bounce_of(number: str, address: str, *, kind: str = "HardBounce", record: str = "Bounce", event: int = 7) -> Any:
    """What Postmark posts when a mail came back, or somebody called it spam (``kind`` and ``record`` SpamComplaint)."""
    return {
        "RecordType": record,
        "ID": event,
        "Type": kind,
        "TypeCode": 1,
        "Name": "Hard bounce",
        "MessageID": number,
        "MessageStream": "outbound",
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "Email": address,
        "From": "support@financy.example",
        "BouncedAt": "2026-11-26T12:00:05Z",
        "DumpAvailable": True,
        "Inactive": True,
        "CanActivate": True,
    }


def _refusal(status: int, code: int, message: str) -> Refusal:
    return Refusal(status, {"ErrorCode": code, "Message": message})
