"""load_demo: a week of believable tickets in every state, in three languages, loaded once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from communications.models import Delivery, DeliveryAttempt, Message
from financy_support.demo.mail import NOT_SENT
from financy_support.demo.people import ON_CALL
from financy_support.demo.story import Story, read_stories, span
from financy_support.desk.models import Customer, OnCallShift, TeamMembership, User
from financy_support.engines import database_now
from tickets.models import Escalation, Reply, Ticket, TicketDeadline

PASSWORD = "a demo password of 28 letters"


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The demo, loaded once for this file and rolled back at its end; what the command said."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setenv("DESK_DEMO_PASSWORD", PASSWORD)
        yield load()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def undone(demo: str) -> Iterator[None]:
    """What a test changes is gone before the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def load() -> str:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def test_the_demo_shows_every_state_in_three_languages(demo: str) -> None:
    at = database_now()
    demo_tickets = Ticket.objects.filter(source__startswith="demo:")
    assert 60 <= demo_tickets.count() <= 80
    assert set(demo_tickets.values_list("status", flat=True)) == {"new", "open", "on_hold", "resolved", "closed"}
    assert set(demo_tickets.values_list("hold_reason", flat=True)) == {"", "customer", "vendor", "incident"}
    languages = Counter(demo_tickets.values_list("language", flat=True))
    assert set(languages) == {"en", "pt", "es"} and min(languages.values()) >= 10
    assert set(demo_tickets.values_list("tier_id", flat=True)) == {1, 2, 3, 4}
    assert set(demo_tickets.values_list("severity", flat=True)) == {"critical", "high", "medium", "low"}
    assert {"closed", "on_hold"} <= set(demo_tickets.filter(cycle=2).values_list("status", flat=True))
    assert demo_tickets.overdue(at).count() >= 3
    assert demo_tickets.live().filter(next_warn_at__lte=at, next_due_at__gt=at).count() >= 3
    assert set(Escalation.objects.values_list("kind", flat=True)) == {"time", "manual", "severity", "security"}


def test_breaches_and_escalations_by_time_carry_the_moment_they_came(demo: str) -> None:
    moved = Escalation.objects.filter(kind="time").select_related("ticket")
    assert moved
    for escalation in moved:
        ended = escalation.ticket.deadlines.get(kind="time_in_tier", cancelled_at=escalation.created_at)
        assert ended.due_at == escalation.created_at
    breached = TicketDeadline.objects.filter(breached_at__isnull=False)
    assert breached.filter(ticket__status="closed").exists() and breached.filter(ticket__status="new").exists()


def test_the_same_people_work_here_as_the_design_names(demo: str) -> None:
    people = User.objects.filter(pk__gte=100)
    assert {person.email for person in people if person.has_usable_password() or person.kind == "tool"} == {
        *(f"{name}@financy.example" for name in ("tier1", "tier2", "tier3", "tier4")),
        *(f"{name}@financy.example" for name in ("editor", "reviewer", "approver", "commander", "admin")),
        *(f"{name}@financy.example" for name in ("alerts", "mail-gateway")),
        *(f"{name}@example.com" for name in ("ana", "ben", "bea", "carmen")),
    }
    for tier in (1, 2, 3, 4):
        agent = User.objects.get(email=f"tier{tier}@financy.example")
        assert (agent.kind, agent.tier_id, agent.check_password(PASSWORD)) == ("agent", tier, True)
    assert User.objects.get(email="admin@financy.example").is_superuser
    assert not User.objects.get(email="alerts@financy.example").has_usable_password()
    ben, bea = (Customer.objects.get(email=f"{name}@example.com") for name in ("ben", "bea"))
    assert ben.organisation == bea.organisation is not None and ben.organisation.shares_tickets
    assert [Customer.objects.get(email=f"{name}@example.com").language for name in ("ana", "carmen")] == ["pt", "es"]
    assert TeamMembership.objects.filter(is_lead=True).count() >= 4
    assert not Customer.objects.exclude(email__endswith="@example.com").exists()


def test_somebody_is_on_call_in_each_role_all_week(demo: str) -> None:
    for ahead in (timedelta(), timedelta(days=6)):
        held = OnCallShift.objects.filter(rank=1, period__contains=database_now() + ahead)
        assert set(held.values_list("role__slug", flat=True)) == set(ON_CALL)


def test_each_answer_by_staff_went_out_and_only_the_last_hours_mail_is_waiting(demo: str) -> None:
    answers = Reply.objects.filter(voice="agent", is_internal=False)
    assert Message.objects.filter(purpose="agent_reply").count() == answers.count() > 40
    waiting = Delivery.objects.filter(state="queued")
    assert 3 <= waiting.count() <= 25
    assert min(waiting.values_list("message__created_at", flat=True)) > database_now() - timedelta(hours=2)
    settled = Delivery.objects.filter(state="delivered").exclude(kind="slack")
    assert settled.count() + waiting.count() == Message.objects.filter(destination=None).count()
    assert DeliveryAttempt.objects.filter(answer=NOT_SENT).count() == settled.count()


def test_a_chat_was_had_in_the_widget_and_its_last_line_went_by_mail(demo: str) -> None:
    chat = Ticket.objects.get(source="demo:chat-card-at-the-hotel")
    assert set(chat.replies.filter(channel="in_app_chat").values_list("voice", flat=True)) == {"customer", "agent"}
    mail = Message.objects.get(about_id=chat.pk, purpose="chat_unread")
    assert "I raised the limit" in mail.body and "daily limit" not in mail.body
    assert mail.channel_reason.startswith("the customer left the chat; unread since")


def test_loading_twice_changes_nothing_and_says_so(demo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _everything()
    monkeypatch.setenv("DESK_DEMO_PASSWORD", "another password, too late")
    assert load() == "Demo people and tickets are all here; nothing was changed.\n"
    assert _everything() == before


def test_a_story_that_is_missing_is_played_when_the_rest_is_there(demo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    late = Story("late", "ben", span("5m"), {"subject": "One more", "description": "Thing"}, ())
    monkeypatch.setattr("financy_support.management.commands.load_demo.read_stories", lambda: [*read_stories(), late])
    assert "0 demo people and 1 tickets" in load()
    assert Ticket.objects.get(source="demo:late").customer.name == "Ben Carter"


def _everything() -> dict[str, int]:
    tables = (User, Customer, OnCallShift, TeamMembership, Ticket, TicketDeadline, Reply, Escalation)
    counts = {model.__name__: model.objects.count() for model in tables}
    histories = {f"{model.__name__} history": model.history.count() for model in tables if hasattr(model, "history")}
    return counts | histories | {"Message": Message.objects.count(), "Delivery": Delivery.objects.count()}


def test_the_demo_shows_words_that_went_astray_and_nothing_of_them_leaves(demo: str) -> None:
    from communications.models import BouncedAddress, Destination, InboundMail, WebhookEndpoint
    from tickets.models import FollowUp, SatisfactionRating

    bounced = BouncedAddress.objects.get()
    assert not bounced.is_permanent and Reply.objects.filter(is_internal=True, body__contains=bounced.address).exists()
    states = [(one.state, one.rule) for one in InboundMail.objects.order_by("id")]
    assert states == [("taken_in", "new"), *[("parked", "loop")] * 3]
    slack = Delivery.objects.get(kind="slack")
    tries = list(slack.attempt_log.order_by("id").values_list("outcome", flat=True))
    assert (slack.state, tries[-1], len(tries)) == ("delivered", "delivered", 6)
    assert not Destination.objects.filter(is_active=True).exists()
    assert not WebhookEndpoint.objects.get().is_active and not Delivery.objects.filter(kind="webhook").exists()
    assert sorted(SatisfactionRating.objects.values_list("score", flat=True)) == [2, 3, 5, 5]
    assert FollowUp.objects.filter(done_at__isnull=True).count() == 2
    waiting = Delivery.objects.filter(state__in=("queued", "held", "sending"))
    assert not waiting.exclude(message__created_at__gt=database_now() - timedelta(hours=2)).exists()
