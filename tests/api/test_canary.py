"""A word that stands only in staff-only places never reaches a customer, by any door (reliability A4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communications.models import Delivery, Message, WebhookEndpoint
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import User, UserKind
from knowledge.models import Feedback, Revision, RunbookRevision, Train, Translation
from tests.api import matrix
from tests.conftest import NOON
from tests.make import do, make_ticket
from tickets.files import Upload
from tickets.models import Escalation
from tickets.workflow.assign import assign_ticket
from tickets.workflow.change_severity import change_severity
from tickets.workflow.escalate import escalate_ticket
from tickets.workflow.hold import hold_ticket, resume_ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket

CANARY = "zxcanaryqv"


@pytest.fixture
def secrets(cast, settings, tmp_path):
    """A ticket through a whole story, with the word in every place that customers are not to see."""
    settings.MEDIA_ROOT = tmp_path
    ticket = make_ticket(cast.ben, source=f"{CANARY}-import")
    later = NOON + timedelta(minutes=1)
    file = Upload(f"{CANARY}.txt", "text/plain", CANARY.encode())
    do(assign_ticket, ticket, by=cast.tom, at=later, to=cast.tom)
    do(note_ticket, ticket, by=cast.tom, at=later, body=f"note {CANARY}", uploads=[file])
    do(reply_to_ticket, ticket, by=cast.tom, at=later, body="Public words")
    do(change_severity, ticket, by=cast.tom, at=later, severity="high", reason=f"why {CANARY}")
    do(hold_ticket, ticket, by=cast.tina, at=later, reason="vendor")
    do(resume_ticket, ticket, by=cast.tina, at=later)
    do(
        escalate_ticket, ticket, by=cast.tina, at=later, reason=f"inside {CANARY}", customer_reason="We ask others.",
        trigger="Customer request for escalation", handoff={f"item {CANARY}": f"text {CANARY}"},
    )  # fmt: skip
    do(resolve_ticket, ticket, by=cast.theo, at=later, summary="Solved", actions_taken="x", prevention_measures="y")
    with acting(by=cast.ada, channel="test", reason=CANARY):
        Delivery.objects.update(last_error=f"550 {CANARY}")
        ticket.deadlines.update(policy_source=f"policy {CANARY}", last_error=CANARY, cancel_reason=CANARY)
    return ticket


def names_staff(content):
    """Whether an address of somebody who works here is in it; the desk's public one is no person."""
    staff = User.objects.exclude(kind=UserKind.CUSTOMER).values_list("email", flat=True)
    return [email for email in staff if email.encode() in content]


def addresses(ticket, cast):
    """Every GET door with every number that hangs on the ticket, internal ones too."""
    numbers = {
        "tickets": [one.pk for one in ticket.attachments.all()],
        "messages": [one.pk for one in Message.objects.all()],
        "deliveries": [one.pk for one in Delivery.objects.all()],
        "webhooks": [one.pk for one in WebhookEndpoint.objects.all()],
        "revisions": [one.pk for one in Revision.objects.filter(translation__language="en")[:3]],
        "runbooks": [one.pk for one in RunbookRevision.objects.all()],
        "trains": [one.pk for one in Train.objects.all()],
        "articles/feedback": [one.pk for one in Feedback.objects.all()],
        "articles": [one.pk for one in Translation.objects.filter(language="en")[:3]],
        "customers": [cast.ben.pk],
        "organisations": [cast.ben.organisation_id],
    }
    for route, view in matrix.routes().items():
        if hasattr(view, "get"):
            address = f"/api/v1/{route}{matrix.ASKED.get(route, '')}".replace("<str:reference>", ticket.reference)
            kind = route.partition("/<")[0]
            hanging = numbers.get(kind) or numbers.get(kind.partition("/")[0], [])
            for number in hanging if "<int:number>" in route else [0]:
                yield address.replace("<int:number>", str(number))
    yield f"/api/v1/tickets/?q={CANARY}"
    yield f"/api/v1/tickets/?{CANARY}=1"


@pytest.mark.parametrize("who", ["ben", "bea", "ana"])
def test_no_answer_to_a_customer_holds_the_word_or_a_staff_address(cast, api, secrets, who):
    client = api(getattr(cast, who))
    read = 0
    for address in addresses(secrets, cast):
        answer = client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        said_by_asker = CANARY in address and answer.status_code == 400
        assert said_by_asker or CANARY.encode() not in content + str(answer.headers).encode(), address
        assert not names_staff(content), address
        read += answer.status_code == 200
    assert read > {"ben": 12, "bea": 8, "ana": 4}[who]


def test_staff_do_see_it_so_the_word_is_really_there(cast, api, secrets):
    ada = api(cast.ada)
    assert Escalation.objects.get(kind="manual").handoff
    seen = [address for address in addresses(secrets, cast) if CANARY.encode() in body_of(ada.get(address))]
    parts = {address.rpartition(secrets.reference)[2] for address in seen if secrets.reference in address}
    assert {"/", "/notes/", "/deadlines/", "/escalations/", "/history/", "/attachments/"} <= parts


def body_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_what_customers_write_is_answered_without_it(cast, api, secrets):
    ben, address = api(cast.ben), f"/api/v1/tickets/{secrets.reference}"
    for path, body in [
        ("/replies/", {"body": "still"}),
        ("/close/", {}),
        ("/assign/", {"assignee": None}),
        ("/notes/", {}),
    ]:
        answer = ben.post(f"{address}{path}", body)
        assert CANARY not in answer.content.decode() and not names_staff(answer.content)


def test_no_mail_to_a_customer_holds_the_word(secrets):
    assert Message.objects.count() >= 5
    to_customers = Message.objects.filter(customer__isnull=False)
    assert not [one for one in to_customers if CANARY in one.subject + one.body]
