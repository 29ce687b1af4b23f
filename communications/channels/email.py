"""E-mail by SMTP: one message, one recipient, and an honest answer about what the server said."""

from __future__ import annotations

import smtplib
from email.utils import formatdate, parseaddr

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from communications.channels.answer import Answer
from communications.models.delivery import Delivery, Outcome


def deliver(delivery: Delivery) -> Answer:
    """Hand the mail to the SMTP server of EMAIL_URL within EMAIL_TIMEOUT seconds.

    Refused before the words were handed over: temporary (4xx, connection) or permanent (5xx). A connection that
    breaks after DATA leaves it in doubt: unknown (reliability: F11–F13).
    """
    mail = _mail(delivery).message()
    backend = get_connection(fail_silently=False)
    assert isinstance(backend, EmailBackend)
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        return Answer(Outcome.TEMPORARY, _say(error))
    smtp = backend.connection
    assert smtp is not None
    try:
        return _hand_over(smtp, str(mail["From"]), delivery.address, mail.as_bytes(linesep="\r\n"))
    finally:
        try:
            backend.close()
        except (OSError, smtplib.SMTPException):
            smtp.close()


def _mail(delivery: Delivery) -> EmailMessage:
    message = delivery.message
    headers = {
        "Message-ID": message.message_id,
        "Date": formatdate(message.created_at.timestamp()),
        "Content-Language": message.language,
        "X-Financy-Reference": message.about_reference,
    }
    if message.is_automatic:  # RFC 3834: robots must be able to tell
        headers |= {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "auto_reply"}
    return EmailMessage(subject=message.subject, body=message.body, to=[delivery.address], headers=headers)


def _hand_over(smtp: smtplib.SMTP, sender: str, address: str, mail: bytes) -> Answer:
    handed_over = False
    try:
        smtp.ehlo_or_helo_if_needed()
        envelope = parseaddr(sender)[1]
        for code, text in (smtp.mail(envelope), smtp.rcpt(address)):
            if code not in (250, 251):
                return _refused(code, text)
        handed_over = True
        code, text = smtp.data(mail)
        return Answer(Outcome.DELIVERED, f"{code} {_text(text)}") if code == 250 else _refused(code, text)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return Answer(Outcome.UNKNOWN if handed_over else Outcome.TEMPORARY, _say(error))


def _refused(code: int, text: bytes | str) -> Answer:
    outcome = Outcome.PERMANENT if 500 <= code < 600 else Outcome.TEMPORARY
    return Answer(outcome, f"{code} {_text(text)}")


def _text(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
