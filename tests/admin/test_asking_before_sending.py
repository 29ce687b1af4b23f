"""On the ticket page a doubt is a question with “send anyway”, and a missing fact a field to fill in."""

from __future__ import annotations

import pytest

from communications.models import Message
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from tests.admin.page import press, rehearse, text
from tests.make import make_ticket

ENGLISH = "We have looked at your card and there is no transaction that was declined today."


@pytest.fixture
def ticket(cast):
    return make_ticket(cast.ana, description="Não funciona.")


@pytest.fixture
def tom(cast, at_the_desk):
    return at_the_desk(cast.tom)


def test_a_doubt_is_a_question_and_send_anyway_sends(ticket, tom):
    answer = press(tom, ticket, "reply", body=ENGLISH)
    page = text(answer)
    assert answer.status_code == 409
    assert "This is written in English; Ana reads Portuguese." in page
    assert 'name="confirm" value="language"' in page and ENGLISH in page
    assert not Message.objects.filter(purpose="agent_reply").exists()
    assert press(tom, ticket, "reply", body=ENGLISH, confirm="language").status_code == 302
    assert ENGLISH in Message.objects.get(purpose="agent_reply").body


def test_a_preview_shows_doubts_beside_the_words(ticket, tom):
    newest = ticket.replies.latest("id").pk
    shown = rehearse(tom, ticket, "reply", body=ENGLISH, seen=newest).json()
    assert ENGLISH in shown["body"] and len(shown["doubts"]) == 1


@pytest.mark.parametrize(
    ("verb", "typed", "purpose"),
    [
        ("reply", {"body": "Tente outra vez."}, "agent_reply"),
        (
            "progress",
            {"details": "Achamos", "next_steps": "Trocar", "estimated_resolution": "2099-01-01T10:00"},
            "progress_update",
        ),
        ("resolve", {"summary": "a", "actions_taken": "b", "prevention_measures": "c"}, "resolution_notification"),
        ("escalate", {"trigger": "Customer request for escalation", "reason": "r"}, "escalation_notification"),
    ],
)
def test_missing_facts_become_a_small_form_that_asks_just_them_and_sends(cast, ticket, tom, verb, typed, purpose):
    with acting(by=cast.ada, channel="test"):
        Customer.objects.filter(pk=cast.ana.pk).update(name="")
    answer = press(tom, ticket, verb, **typed)
    assert answer.status_code == 422
    form = answer.context["refused"]
    assert [name for name in form.fields if name.startswith("fact_")] == ["fact_customer_name"]
    assert "fill in what is missing" in text(answer) and 'name="fact_customer_name"' in text(answer)
    assert not Message.objects.filter(purpose=purpose).exists()
    assert press(tom, ticket, verb, **typed, fact_customer_name="Ana").status_code == 302
    assert "Olá, Ana!" in Message.objects.get(purpose=purpose).body


def test_a_given_fact_never_replaces_what_the_desk_knows(ticket, tom):
    assert press(tom, ticket, "reply", body="Tente.", fact_customer_name="Zé").status_code == 302
    assert "Olá, Ana!" in Message.objects.get(purpose="agent_reply").body
