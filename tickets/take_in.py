"""The third engine: takes in what waits at the door, oldest first, each mail in a transaction of its own."""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import datetime, timedelta

from django.db import OperationalError, transaction

from communications.inbound.parse import Unreadable, parse_mail
from communications.models import InboundMail, MailState
from tickets.mail_brakes import brake_unread
from tickets.workflow.take_in_mail import park_mail, take_in_mail, thread_named

log = logging.getLogger(__name__)


def take_in(at: datetime, *, within: timedelta | None = None) -> Counter[str]:
    """Take in every mail that waits, until none is left or ``within`` is over; counts by state.

    The row stays locked while a child reads the mail: others take the next one, and a killed worker frees it at once.
    What cannot be read or decided is parked with the reason, and the next mail is taken.
    """
    states: Counter[str] = Counter()
    started = time.monotonic()
    while within is None or time.monotonic() - started < within.total_seconds():
        state = _take_next(at)
        if state is None:
            break
        states[state] += 1
    return states


def _take_next(at: datetime) -> str | None:
    with transaction.atomic():
        mail = InboundMail.objects.waiting().select_for_update(skip_locked=True, of=("self",)).first()
        if mail is None:
            return None
        bomb = brake_unread(mail, mail.received_at) if mail.state == MailState.RECEIVED else None
        if bomb:
            return park_mail(mail, bomb.rule, bomb.why, sender=mail.envelope_from or "", at=at).state
        try:
            parsed = parse_mail(bytes(mail.raw.content))
        except Unreadable as reason:
            return park_mail(mail, "unreadable", str(reason), at=at).state
        try:
            with transaction.atomic():
                return take_in_mail(mail, parsed, at=at).state
        except OperationalError:  # the database is away: nothing was decided
            raise
        except Exception as error:
            log.warning("Mail %s could not be taken in.", mail.pk, exc_info=True)
            mail.refresh_from_db()
            why, suggested = f"{type(error).__name__}: {error}"[:2000], thread_named(mail, parsed)
            return park_mail(mail, "failed", why, suggested=suggested, at=at).state
