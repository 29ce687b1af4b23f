"""Two copies of one mail, come by two doors and taken in at the same moment by two workers, are one."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connections

from communications.models import InboundMail
from tests.cast import hire_cast
from tests.conftest import NOON
from tests.inbound.conftest import address_of, hand_in, raw
from tests.make import make_ticket
from tickets.models import Reply, Ticket
from tickets.take_in import take_in


@pytest.mark.parametrize("turn", range(3))
def test_one_reply_and_one_ticket_come_of_them(committed_db, turn):
    ticket = make_ticket(hire_cast().ben)
    answer = {"to": address_of(ticket), "body": "Thank you", "message_id": f"<answer-{turn}@mail.example.com>"}
    question = {"sender": "carmen@example.com", "message_id": f"<question-{turn}@mail.example.com>"}
    for said in (answer, question):
        for way in ("lmtp", "imap"):
            hand_in(raw(**said, Received=f"by {way}"))
    barrier = threading.Barrier(4)

    def work():
        barrier.wait()
        take_in(NOON)
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Counter(InboundMail.objects.values_list("rule", flat=True)) == {"token": 1, "new": 1, "known": 2}
    assert Reply.objects.filter(ticket=ticket).count() == 2
    assert Ticket.objects.count() == 2
