"""The third engine: takes in what waits at the door, oldest first, each mail in a transaction of its own."""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import datetime, timedelta

from django.db import OperationalError, transaction

from communications.inbound.parse import Unreadable, parse_mail
from communications.models import InboundMail, MailState, MailTry
from communications.outbox import DEADLY_TRIES
from tickets.mail_brakes import brake_unread
from tickets.mail_thread import glimpsed
from tickets.workflow.take_in_mail import park_mail, take_in_mail, thread_named

log = logging.getLogger(__name__)


def take_in(at: datetime, *, within: timedelta | None = None) -> Counter[str]:
    """Take in every mail that waits, until none is left or ``within`` is over; counts by state.

    A try is counted first, in a transaction of its own; then the row stays locked while a child reads the mail: others
    take the next one, and a killed worker frees it at once. What cannot be read or decided is parked with the reason,
    as is what killed DEADLY_TRIES workers in a row, and the next mail is taken.
    """
    states: Counter[str] = Counter()
    started = time.monotonic()
    while within is None or time.monotonic() - started < within.total_seconds():
        begun = InboundMail.objects.begin_next_try()
        if begun is None:
            break
        state = _take(*begun, at)
        if state:
            states[state] += 1
    return states


def _take(mail_id: int, number: int, at: datetime) -> str | None:
    """What became of the mail; nothing when somebody else is at it by now."""
    with transaction.atomic():
        ours = InboundMail.objects.waiting().filter(pk=mail_id, current_try__number=number)
        mail = ours.select_for_update(skip_locked=True, of=("self",)).first()
        if mail is None:
            return None
        state = _settle(mail, at) if number <= DEADLY_TRIES else _park_deadly(mail, at)
        MailTry.objects.filter(mail=mail).delete()
        return state


def _settle(mail: InboundMail, at: datetime) -> str:
    if mail.state == MailState.RECEIVED and mail.rule:  # the door itself found it unfit to be read
        return park_mail(
            mail, mail.rule, mail.why, suggested=glimpsed(mail), sender=mail.envelope_from or "", at=at
        ).state
    bomb = brake_unread(mail, mail.received_at) if mail.state == MailState.RECEIVED else None
    if bomb:
        return park_mail(
            mail, bomb.rule, bomb.why, suggested=glimpsed(mail), sender=mail.envelope_from or "", at=at
        ).state
    try:
        parsed = parse_mail(bytes(mail.raw.content))
    except Unreadable as reason:
        return park_mail(mail, "unreadable", str(reason), suggested=glimpsed(mail), at=at).state
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


def _park_deadly(mail: InboundMail, at: datetime) -> str:
    """Without another look into it."""
    log.warning("Mail %s is parked: %s tries to take it in ended without a word.", mail.pk, DEADLY_TRIES)
    why = f"{DEADLY_TRIES} tries in a row to take it in ended without a word: it may be what killed the workers."
    return park_mail(mail, "deadly", why, suggested=glimpsed(mail), sender=mail.envelope_from or "", at=at).state
