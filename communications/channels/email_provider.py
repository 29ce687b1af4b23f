"""E-mail by a provider's own API (django-anymail, an extra): DESK_EMAIL_PROVIDER names it; the words are the same."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import get_connection

from communications.channels.answer import Answer
from communications.channels.email import CALENDAR, mail_of
from communications.channels.in_time import in_time
from communications.channels.wire import LONGEST_KEPT, Reply, refused, was_not_sent, what_broke
from communications.models.delivery import Delivery, Outcome

# What makes a provider keep our own Message-ID, by which answers find their ticket.
KEEPS_ID = {"postmark": {"X-PM-KeepID": "true"}}
REFUSED = frozenset({"rejected", "invalid", "failed"})


class ProviderEmailLine:
    """One API connection for the mails of one run. Nobody's retries but the outbox's own."""

    def __init__(self) -> None:
        self._connection: Any = None

    def deliver(self, delivery: Delivery) -> Answer:
        from anymail.exceptions import (  # noqa: PLC0415  an extra: only a desk with such a provider has it
            AnymailAPIError,
            AnymailRecipientsRefused,
        )

        mail = _for_api(mail_of(delivery))
        try:
            if self._connection is None:
                self._connection = get_connection(settings.EMAIL_BACKEND)
                self._connection.open()
            with in_time(self._connection.session, settings.PROVIDER_TIMEOUT):
                self._connection.send_messages([mail])
        except AnymailRecipientsRefused as error:
            return Answer(Outcome.PERMANENT, _first_line(error), provider_id=_id_of(mail))
        except AnymailAPIError as error:
            return _not_taken(error)
        status = getattr(mail, "anymail_status", None)
        if status is None or (status.status or set()) & REFUSED:
            return Answer(Outcome.PERMANENT, f"refused: {status and status.status}", provider_id=_id_of(mail))
        if not status.message_id:
            return Answer(Outcome.UNKNOWN, f"the provider named no mail: {status.status}")
        return Answer(Outcome.DELIVERED, "taken by the provider", provider_id=_id_of(mail))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _for_api(mail: Any) -> Any:
    """The same mail as APIs take it: a calendar entry is a file, and our Message-ID stays."""
    mail.extra_headers |= KEEPS_ID.get(settings.DESK_EMAIL_PROVIDER, {})
    for content, kind in [one for one in mail.alternatives if one[1] == CALENDAR]:
        mail.alternatives.remove((content, kind))
        mail.attach("invitation.ics", content, CALENDAR)
    return mail


def _not_taken(error: Any) -> Answer:
    """The provider answered with a status, or could not be asked, or nobody knows."""
    if error.response is not None:
        response = error.response
        return refused(Reply(response.status_code, response.headers, response.content[: 4 * LONGEST_KEPT]))
    cause = error.__cause__
    if cause is not None and was_not_sent(cause):
        return Answer(Outcome.TEMPORARY, what_broke(cause), is_away=True)
    return Answer(Outcome.UNKNOWN, what_broke(cause) if cause is not None else _first_line(error), is_away=True)


def _id_of(mail: Any) -> str:
    status = getattr(mail, "anymail_status", None)
    return str(status.message_id or "") if status else ""


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
