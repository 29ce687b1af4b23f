"""E-mail by SMTP: one message, one recipient, and an honest answer about what the server said."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator
from contextlib import suppress
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address, utf8_charset_qp

from communications.addresses import loop_mark, reply_address
from communications.channels.answer import Answer
from communications.models.delivery import Delivery, Outcome
from communications.threads import earlier_message_ids

# A server that reads the whole mail before it answers may take longer than for its other answers (RFC 5321 §4.5.3.2).
PATIENCE_AFTER_DATA = 4
# Our own log-in is refused: the fault of the desk's settings, not of the message.
LOG_IN_REFUSED = (530, 534, 535, 538)
CLOSING = 421
ACKNOWLEDGES = "initial"
CALENDAR = "text/calendar"
BROKEN = (OSError, smtplib.SMTPException)


class EmailLine:
    """One connection to the server of EMAIL_URL, kept for the mails of one run; each answer may take EMAIL_TIMEOUT.

    Refused before the words were handed over: temporary (4xx, connection) or permanent (5xx). A connection that
    breaks after the last byte of the words leaves them in doubt: unknown (reliability F11–F13).
    """

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None

    def deliver(self, delivery: Delivery) -> Answer:
        mail: Any = mail_of(delivery).message()  # Django's own class of message, which takes a linesep
        sender, recipient = _return_path(delivery), _on_the_wire(delivery.address)
        try:
            smtp = self._ready()
        except BROKEN as error:
            self.close()
            return Answer(Outcome.TEMPORARY, _say(error), is_away=True)
        answer = _hand_over(smtp, sender, recipient, mail.as_bytes(linesep="\r\n"))
        if answer.outcome is not Outcome.DELIVERED:
            self.close()  # whatever state it is in, the next mail starts on a new connection
        return answer

    def close(self) -> None:
        if self._smtp is not None:
            with suppress(*BROKEN):
                self._smtp.quit()
            self._smtp.close()
            self._smtp = None

    def _ready(self) -> smtplib.SMTP:
        """The open connection if it still answers, else a new one."""
        if self._smtp is not None:
            with suppress(*BROKEN):
                if self._smtp.rset()[0] == 250:
                    return self._smtp
            self._smtp.close()
        server = EmailBackend(fail_silently=False)
        server.open()
        assert server.connection is not None
        self._smtp = server.connection
        self._smtp.ehlo_or_helo_if_needed()
        return self._smtp


def mail_of(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail as it leaves, whoever carries it: headers by which answers, robots and threads are told."""
    message = delivery.message
    headers = {
        "Message-ID": message.message_id,
        "Date": format_datetime(message.created_at),
        "Content-Language": message.language,
        "X-Financy-Reference": message.about_reference,
        "Reply-To": _reply_to(delivery),
    }
    earlier = earlier_message_ids(message)
    if earlier:  # so that programs show the whole conversation as one
        headers |= {"In-Reply-To": earlier[-1], "References": " ".join(earlier)}
    if message.is_automatic:  # RFC 3834: robots must be able to tell
        headers |= {
            "Auto-Submitted": "auto-replied",
            "X-Auto-Response-Suppress": "All",
            "Precedence": "auto_reply",
            "X-Financy-Loop": loop_mark(message.message_id),
        }
    mail = _Mail(subject=message.subject, body=message.body, to=[delivery.address], headers=headers)
    mail.encoding = utf8_charset_qp  # seven bits in short lines: any server on the way may take them
    if message.calendar:
        mail.attach_alternative(message.calendar, CALENDAR)
    return mail


class _Mail(EmailMultiAlternatives):
    """A mail whose calendar entry says its method beside its type too, as calendar programs want it (RFC 6047 §2.4)."""

    def message(self, **options: Any) -> Any:
        made: Any = super().message(**options)
        for part in made.walk():
            if part.get_content_type() == CALENDAR:
                part.set_param("method", part.get_payload(decode=True).decode().partition("METHOD:")[2].split()[0])
        return made


def _reply_to(delivery: Delivery) -> str:
    message = delivery.message
    if message.destination_id:
        return settings.DESK_SUPPORT_ADDRESS
    return reply_address(message.about_reference, customer_id=message.customer_id, person_id=message.person_id)


def _return_path(delivery: Delivery) -> str:
    """Where bounces come to: nowhere for an acknowledgement (RFC 3834 §3.3), else the signed address of the thread."""
    is_acknowledgement = delivery.message.is_automatic and delivery.message.update_type == ACKNOWLEDGES
    return "" if is_acknowledgement else _reply_to(delivery)


def _on_the_wire(address: str) -> str:
    """The address with its domain in ASCII. Raises ValueError when it is none, or not for every server."""
    if not address.rpartition("@")[0].isascii():
        raise ValueError(f"{address} has letters before the @ that mail cannot carry: ask for another address")
    return sanitize_address(address, "utf-8")


def _hand_over(smtp: smtplib.SMTP, sender: str, recipient: str, mail: bytes) -> Answer:
    try:
        for code, text in _envelope(smtp, sender, recipient):
            if code not in (250, 251, 354):
                return _refused(code, text)
        smtp.send(re.sub(rb"(?m)^\.", b"..", mail) + b".\r\n")  # a lone dot ends the mail
    except BROKEN as error:
        return Answer(Outcome.TEMPORARY, _say(error))
    try:
        assert smtp.sock is not None
        smtp.sock.settimeout(settings.EMAIL_TIMEOUT * PATIENCE_AFTER_DATA)
        code, text = smtp.getreply()
        smtp.sock.settimeout(settings.EMAIL_TIMEOUT)
    except BROKEN as error:
        return Answer(Outcome.UNKNOWN, _say(error))
    if 400 <= code < 600:
        return _refused(code, text)
    return Answer(Outcome.DELIVERED if 200 <= code < 300 else Outcome.UNKNOWN, f"{code} {_text(text)}")


def _envelope(smtp: smtplib.SMTP, sender: str, recipient: str) -> Iterator[tuple[int, bytes]]:
    """The server's answers, each asked for only when the one before was good."""
    yield smtp.mail(sender)
    yield smtp.rcpt(recipient)
    yield smtp.docmd("DATA")


def _refused(code: int, text: bytes) -> Answer:
    is_ours = code in LOG_IN_REFUSED
    outcome = Outcome.PERMANENT if 500 <= code < 600 and not is_ours else Outcome.TEMPORARY
    return Answer(outcome, f"{code} {_text(text)}", is_away=is_ours or code == CLOSING)


def _text(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
