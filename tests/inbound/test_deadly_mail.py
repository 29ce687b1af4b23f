"""A mail that kills whoever takes it in is counted, put aside and shown; others are taken in beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from communications.models import InboundMail, MailState, MailTry
from communications.outbox import DEADLY_TRIES
from communications.workflow.decide_mail import release_mail
from financy_support.desk.audit.acting import acting
from tests.cast import hire_cast
from tests.communications.processes import at_once, eventually, run_apart, running
from tests.conftest import NOON
from tests.inbound.conftest import hand_in, raw
from tests.sinks.smtp import SmtpSink
from tickets.take_in import take_in

ID = "<deadly@mail.example.com>"
WAITS = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@contextmanager
def held_up() -> Iterator[None]:
    """Whoever takes in the mail comes to stand in the middle of it, until the block ends."""
    holds, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            InboundMail.objects.wait_for_copies("ben@example.com", ID)
            holds.set()
            may_end.wait()

    holder = threading.Thread(target=run_apart, args=(hold,))
    holder.start()
    holds.wait()
    try:
        yield
    finally:
        may_end.set()
        holder.join()


def is_somebody_held_up() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITS)
        return bool(cursor.fetchone()[0])


def test_a_mail_that_killed_so_many_workers_in_a_row_is_parked_and_can_be_released(committed_db):
    cast = hire_cast()
    mail = hand_in(raw(message_id=ID))
    with SmtpSink() as sink:
        for number in (1, 2):
            with held_up(), running("take_in", sink) as worker:
                eventually(is_somebody_held_up)
                worker.kill()
            wait_until_free(mail)  # or the next worker passes it over
            mail.refresh_from_db()
            assert (mail.state, mail.current_try.number) == (MailState.RECEIVED, number)
            MailTry.objects.update(began_at=NOON)  # within a second of it, another would be somebody at the same moment
    wait_until_free(mail)
    MailTry.objects.update(number=DEADLY_TRIES, began_at=NOON)
    assert take_in(NOON) == {"parked": 1}
    mail.refresh_from_db()
    assert (mail.rule, MailTry.objects.count()) == ("deadly", 0)
    assert mail in InboundMail.objects.visible_to(cast.tom)
    with acting(by=cast.tom, channel="test") as act:
        release_mail(mail, reason="the reader was mended", by=act.by, at=act.at)
    assert take_in(NOON) == {"taken_in": 1}


def wait_until_free(mail: InboundMail) -> None:
    """PostgreSQL sees a moment later that a worker is gone."""
    eventually(lambda: InboundMail.objects.raw(
        "SELECT id FROM communications_inboundmail WHERE id = %s FOR UPDATE SKIP LOCKED", [mail.pk]
    ))  # fmt: skip


def test_the_last_try_is_still_a_try(cast):
    mail = hand_in(raw())
    MailTry.objects.create(mail=mail, number=DEADLY_TRIES - 1, began_at=NOON)
    assert take_in(NOON) == {"taken_in": 1}


def test_who_only_came_at_the_same_moment_is_no_try(committed_db):
    hire_cast()
    hand_in(raw())
    begun = at_once(4, InboundMail.objects.begin_next_try)
    assert sorted(begun, key=bool) == [None, None, None, (InboundMail.objects.get().pk, 1)]
