"""A Twilio on loopback: takes calls and texts, plays the phone at the other end, and signs what it tells the desk."""

from __future__ import annotations

import re
import uuid
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha1
from hmac import new as hmac
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree

from tests.sinks.http import Answer, HttpSink, Refusal, Request

SID, TOKEN = "AC" + "0" * 32, "twilio-auth-token"
OURS = "+15550001111"
E164 = re.compile(r"\+[1-9]\d{6,14}")
CALL_FIELDS = {"To", "From", "Twiml", "Url", "Timeout", "StatusCallback", "StatusCallbackEvent", "StatusCallbackMethod"}
TEXT_FIELDS = {"To", "From", "Body", "StatusCallback"}
EVENTS = {"initiated", "ringing", "answered", "completed"}
LONGEST_TWIML, LONGEST_TEXT = 4000, 1600
# The desk's end: takes an address, the form and the signature, and gives status and body of the answer.
Desk = Callable[[str, dict[str, str], str], tuple[int, str]]


@dataclass
class Sent:
    """One call or text, as Twilio knows it."""

    sid: str
    fields: dict[str, str]
    status: str = "queued"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    sequence: int = 0

    @property
    def shown(self) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "account_sid": SID,
            "to": self.fields["To"],
            "from": self.fields["From"],
            "body": self.fields.get("Body"),
            "status": self.status,
            "date_created": format_datetime(self.created_at),
            "date_updated": format_datetime(self.created_at),
            "start_time": None,
            "end_time": None,
            "num_segments": "1",
            "num_media": "0",
        }


@dataclass
class TwilioSink(HttpSink):
    """``calls`` and ``texts`` in order. :meth:`tell`, :meth:`pick_up` and :meth:`press` play the other end."""

    token: str = TOKEN
    calls: list[Sent] = field(default_factory=list)
    texts: list[Sent] = field(default_factory=list)
    desk: Desk | None = None

    def answer_to(self, request: Request) -> Answer:
        if request.basic != (SID, self.token):
            raise _refusal(401, 20003, "Authenticate")
        place = re.fullmatch(rf"/2010-04-01/Accounts/{SID}/(Calls|Messages)\.json", request.path)
        if place is None:
            raise _refusal(404, 20404, f"The requested resource {request.path} was not found")
        kind = place[1]
        if request.method == "GET":
            return self._list(kind, request)
        if request.content_type != "application/x-www-form-urlencoded":
            raise _refusal(400, 20001, "The body is no form")
        fields: dict[str, str] = {}
        for name, value in request.form:
            fields[name] = f"{fields[name]} {value}" if name in fields else value
        made = self._call(fields) if kind == "Calls" else self._text(fields)
        (self.calls if kind == "Calls" else self.texts).append(made)
        return Answer(201, made.shown)

    def _list(self, kind: str, request: Request) -> Answer:
        rows = self.calls if kind == "Calls" else self.texts
        wanted = {name: values[0] for name, values in request.query.items()}
        if not set(wanted) <= {"To", "From", "PageSize", "Page"}:
            raise _refusal(400, 20001, f"Unknown filters: {sorted(wanted)}")
        found = [
            one.shown
            for one in rows[::-1]
            if all(one.fields[key] == wanted[key] for key in ("To", "From") if key in wanted)
        ]
        return Answer(
            200, {kind.lower(): found, "page": 0, "page_size": 50, "next_page_uri": None, "uri": request.target}
        )

    def _call(self, fields: dict[str, str]) -> Sent:
        _require(fields, CALL_FIELDS, 21211)
        if ("Twiml" in fields) == ("Url" in fields):
            raise _refusal(400, 21205, "Url or Twiml is required")
        if len(fields.get("Twiml", "")) > LONGEST_TWIML:
            raise _refusal(400, 21626, "Twiml is too long")
        _parsed(fields.get("Twiml", "<Response/>"))
        if not set(fields.get("StatusCallbackEvent", "").split()) <= EVENTS:
            raise _refusal(400, 21626, "Invalid StatusCallbackEvent")
        return Sent(f"CA{uuid.uuid4().hex}", fields)

    def _text(self, fields: dict[str, str]) -> Sent:
        _require(fields, TEXT_FIELDS, 21211)
        if not fields.get("Body"):
            raise _refusal(400, 21602, "Message body is required.")
        if len(fields["Body"]) > LONGEST_TEXT:
            raise _refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        return Sent(f"SM{uuid.uuid4().hex}", fields)

    def tell(
        self, sent: Sent, status: str, *, sequence: int | None = None, ago: timedelta = timedelta(), **more: str
    ) -> int:
        """A status callback, signed; its status code at the desk. ``sequence`` for those that overtake another."""
        is_call = sent.sid.startswith("CA")
        sent.status = status
        form = {"AccountSid": SID, "To": sent.fields["To"], "From": sent.fields["From"], **more}
        if is_call:
            number = sent.sequence if sequence is None else sequence
            sent.sequence = max(sent.sequence, number) + 1
            stamp = format_datetime(datetime.now(UTC) - ago)
            form |= {"CallSid": sent.sid, "CallStatus": status, "SequenceNumber": str(number), "Timestamp": stamp}
        else:
            form |= {"MessageSid": sent.sid, "MessageStatus": status, "SmsSid": sent.sid, "SmsStatus": status}
        return self.post(sent.fields["StatusCallback"], form)[0]

    def heard(self, call: Sent) -> list[str]:
        """What somebody hears who picks up and presses nothing."""
        return [say.text or "" for say in _parsed(call.fields["Twiml"]).iter("Say")]

    def press(self, call: Sent, digits: str) -> tuple[int, list[str]]:
        """Press keys when asked; what the phone says then."""
        gather = next(_parsed(call.fields["Twiml"]).iter("Gather"))
        assert gather.get("method") == "POST"
        assert len(digits) <= int(gather.get("numDigits", "99"))
        form = {
            "AccountSid": SID, "CallSid": call.sid, "CallStatus": "in-progress", "Digits": digits,
            "To": call.fields["To"], "From": call.fields["From"], "msg": "Gather End",
        }  # fmt: skip
        status, body = self.post(urljoin(self.url, gather.get("action", "")), form)
        return status, [say.text or "" for say in _parsed(body).iter("Say")] if status == 200 else []

    def text_back(self, url: str, sender: str, body: str, *, sid: str = "") -> tuple[int, str]:
        """Somebody answers by SMS: Twilio hands it to the address that the number is set to, maybe more than once."""
        sid = sid or f"SM{uuid.uuid4().hex}"
        return self.post(
            url, {"AccountSid": SID, "MessageSid": sid, "SmsSid": sid, "From": sender, "To": OURS, "Body": body}
        )

    def post(self, url: str, form: dict[str, str]) -> tuple[int, str]:
        """Tell the desk something, signed as Twilio signs."""
        assert self.desk is not None
        return self.desk(url, form, signature(self.token, url, form))


def signature(token: str, url: str, form: dict[str, str]) -> str:
    """X-Twilio-Signature, written down from Twilio's description and not by its library."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac(token.encode(), signed.encode(), sha1).digest()).decode()


def _require(fields: dict[str, str], known: set[str], bad_number: int) -> None:
    unknown = set(fields) - known
    if unknown:
        raise _refusal(400, 20001, f"Unknown parameters: {sorted(unknown)}")
    if not E164.fullmatch(fields.get("To", "")):
        raise _refusal(400, bad_number, f"The 'To' number {fields.get('To', '')} is not a valid phone number.")
    if fields.get("From") != OURS:
        raise _refusal(400, 21606, f"The 'From' number {fields.get('From', '')} is not a number of this account.")


def _parsed(twiml: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(twiml)
    except ElementTree.ParseError as error:
        raise _refusal(400, 12100, f"Document parse failure: {error}") from None
    if root.tag != "Response" or {one.tag for one in root.iter()} - {"Response", "Gather", "Say", "Hangup", "Pause"}:
        raise _refusal(400, 12200, "Schema validation warning")
    return root


def _refusal(status: int, code: int, message: str) -> Refusal:
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return Refusal(status, {"code": code, "message": message, "more_info": more_info, "status": status})
