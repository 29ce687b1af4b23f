"""Messages and deliveries: seen by who may see what they are about; what was given up is sent again by hand."""

from contextlib import nullcontext

import pytest
from django.urls import reverse

from communications.models import Delivery, Message
from communications.workflow.redrive import redrive_delivery
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import NotFound
from tests.admin.page import text
from tests.conftest import NOON
from tests.make import make_ticket

DELIVERIES = "admin:communications_delivery_changelist"
MESSAGES = "admin:communications_message_changelist"


@pytest.fixture
def dead(cast):
    make_ticket(cast.ana)
    delivery = Delivery.objects.get()
    Delivery.objects.update(state="dead", attempts=3, last_error="550 no such box")
    return delivery


def redrive(client, *deliveries, why="the box is back"):
    typed = {"action": "redrive", "_selected_action": [one.pk for one in deliveries], "why": why, "index": 0}
    return client.post(reverse(DELIVERIES), typed, follow=True)


def test_a_given_up_delivery_is_queued_again_with_who_and_why(cast, dead, at_the_desk):
    page = text(redrive(at_the_desk(cast.tom), dead))
    dead.refresh_from_db()
    assert dead.state == "queued"
    assert dead.attempt_log.get().answer == "tom@financy.example: the box is back"
    assert "queued again" in page


def test_without_a_reason_nothing_is_sent(cast, dead, at_the_desk):
    assert "say why" in text(redrive(at_the_desk(cast.tom), dead, why=" "))
    dead.refresh_from_db()
    assert dead.state == "dead"


def test_one_that_cannot_be_sent_again_is_named_and_the_others_go(cast, dead, at_the_desk):
    make_ticket(cast.ben)
    queued = Delivery.objects.exclude(pk=dead.pk).get()
    page = text(redrive(at_the_desk(cast.tom), dead, queued))
    assert "ben@example.com: This delivery is queued" in page
    dead.refresh_from_db()
    assert dead.state == "queued"


def test_messages_about_hidden_tickets_are_hidden_too(cast, at_the_desk):
    secret = make_ticket(cast.ana, category="security")
    shown = make_ticket(cast.ben)
    tom, sam = at_the_desk(cast.tom), at_the_desk(cast.sam)
    for page in (MESSAGES, DELIVERIES):
        assert secret.reference not in text(tom.get(reverse(page)))
        assert shown.reference in text(tom.get(reverse(page)))
        assert secret.reference in text(sam.get(reverse(page)))
    message = Message.objects.get(about_id=secret.pk)
    assert tom.get(reverse("admin:communications_message_change", args=[message.pk])).status_code == 404
    assert sam.get(reverse("admin:communications_message_change", args=[message.pk])).status_code == 200
    hidden = message.deliveries.get()
    assert tom.get(reverse("admin:communications_delivery_change", args=[hidden.pk])).status_code == 404
    redrive(tom, hidden)
    assert not hidden.attempt_log.exists()


def test_messages_are_found_by_reference(cast, at_the_desk):
    one, other = make_ticket(cast.ana), make_ticket(cast.ben)
    page = text(at_the_desk(cast.tom).get(reverse(MESSAGES), {"q": one.reference.lower()}))
    assert one.reference in page
    assert other.reference not in page


def test_who_may_not_see_what_it_is_about_cannot_send_it_again(cast):
    make_ticket(cast.ana, category="security")
    Delivery.objects.update(state="dead")
    for who, refused in ((cast.tom, True), (cast.sam, False)):
        with acting(by=who, channel="test"), nullcontext() if not refused else pytest.raises(NotFound):
            redrive_delivery(Delivery.objects.get(), reason="x", by=who, at=NOON)
