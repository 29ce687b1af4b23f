"""The ticket page: what it shows, and that each button calls its verb and keeps what was typed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications.models import Delivery, Message
from financy_support.desk.audit.acting import acting
from tests.admin.page import open_page, press, rehearse, text
from tests.make import do, make_ticket
from tickets.models import Escalation, Reply, Ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket

TRIGGER = "Technical issues beyond basic troubleshooting"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ticket(cast):
    return make_ticket(cast.ana, at=timezone.now() - 5 * MINUTE, subject="Meu cartão")


@pytest.fixture
def tom(cast, at_the_desk):
    return at_the_desk(cast.tom)


def test_the_conversation_stands_in_order_with_notes_set_apart(cast, ticket, tom):
    now = timezone.now()
    do(note_ticket, ticket, body="NOTE", by=cast.tom, at=now - 3 * MINUTE)
    do(reply_to_ticket, ticket, body="ANSWER", by=cast.tom, at=now - 2 * MINUTE)
    do(reply_to_ticket, ticket, body="THANKS", by=cast.ana.user, at=now - MINUTE)
    said = open_page(tom, ticket).context["said"]
    assert [(one.kind, one.body) for one in said if one.kind != "message"] == [
        ("customer", "It does not work."), ("note", "NOTE"), ("agent", "ANSWER"), ("customer", "THANKS"),
    ]  # fmt: skip
    assert [one.label for one in said if one.kind == "message"] == ["initial response"]
    answer = next(one for one in said if one.kind == "agent")
    assert [delivery.state for _tone, delivery in answer.deliveries] == ["queued"]


def test_promises_stand_with_word_bar_and_time_left(ticket, tom):
    shown = {one.name: one for one in open_page(tom, ticket).context["promises"]}
    assert set(shown) == {"first response", "resolution", "response in tier, tier 1", "time in tier, tier 1"}
    first = shown["first response"]
    assert (first.word, first.tone, first.target) == ("fine", "fine", "2 h")
    assert 3 <= first.used <= 6


def test_words_of_customers_are_shown_as_text(cast, tom):
    ticket = make_ticket(cast.ana, subject="<b>bold</b>", description="<img src=x onerror=alert(1)>")
    page = text(open_page(tom, ticket))
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_a_ticket_out_of_scope_answers_like_a_missing_one(cast, ticket, at_the_desk):
    secret = make_ticket(cast.ana, category="security")
    tom = at_the_desk(cast.tom)
    missing = Ticket(pk=999_999)
    assert open_page(tom, secret).status_code == open_page(tom, missing).status_code == 404
    assert press(tom, secret, "note", body="x").status_code == 404
    assert rehearse(tom, secret, "reply", body="x").status_code == 404
    assert at_the_desk(cast.eve).get(f"/admin/tickets/ticket/{ticket.pk}/change/").status_code == 403


def test_a_reply_reaches_the_customer_and_keeps_the_promise(cast, ticket, tom):
    answer = press(tom, ticket, "reply", body="Please try again.")
    assert answer.headers["Location"].endswith("?done=reply")
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status, ticket.last_word_by) == (cast.tom, "open", "agent")
    message = Message.objects.get(purpose="agent_reply")
    assert "Please try again." in message.body
    assert message.deliveries.get().address == "ana@example.com"


def test_the_history_names_person_door_and_reason(cast, ticket, tom):
    press(tom, ticket, "hold", reason="vendor", why="the bank is closed")
    version = ticket.history.latest("history_id")
    assert (version.history_user_id, version.history_channel, version.history_change_reason) == (
        cast.tom.pk, "admin", "the bank is closed",
    )  # fmt: skip
    page = text(tom.get(f"/admin/tickets/ticket/{ticket.pk}/history/"))
    for words in ("Tom", "the bank is closed", "waiting on vendor", "on hold", "Ticket deadline: time in tier"):
        assert words in page, words


def test_a_note_stays_inside(ticket, tom):
    press(tom, ticket, "note", body="between us")
    assert Reply.objects.get(body="between us").is_internal
    assert not Message.objects.filter(body__contains="between us").exists()


def test_each_act_calls_its_verb(cast, ticket, tom):
    press(tom, ticket, "assign", assignee=cast.tina.pk)
    ticket.refresh_from_db()
    assert ticket.assignee == cast.tina
    press(tom, ticket, "assign", assignee="")
    press(tom, ticket, "hold", reason="customer")
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status, ticket.hold_reason) == (None, "on_hold", "customer")
    press(tom, ticket, "resume")
    press(tom, ticket, "category", category="billing")
    press(tom, ticket, "severity", severity="low", reason="one person only")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.category.code, ticket.severity) == ("open", "billing", "low")
    press(tom, ticket, "resolve", summary="A", actions_taken="B", prevention_measures="C")
    press(tom, ticket, "close")
    ticket.refresh_from_db()
    assert ticket.status == "closed"
    press(tom, ticket, "reopen", reason="it came back")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.cycle) == ("open", 2)


def test_an_escalation_takes_trigger_handoff_and_the_customers_reason(ticket, tom):
    press(
        tom, ticket, "escalate", trigger=TRIGGER, to_tier="2", reason="Needs the logs",
        handoff="Tried so far: another browser\nand another phone\nImpact: one firm",
        customer_reason="Um especialista ajuda.",
    )  # fmt: skip
    escalation = Escalation.objects.get()
    assert escalation.handoff == {"Tried so far": "another browser\nand another phone", "Impact": "one firm"}
    assert escalation.trigger == TRIGGER
    assert "Um especialista ajuda." in Message.objects.get(purpose="escalation_notification").body


def test_a_progress_update_reads_the_estimate_in_the_agents_zone(cast, ticket, at_the_desk):
    with acting(by=cast.ada, channel="test"):
        cast.tom.time_zone = "Asia/Tokyo"
        cast.tom.save()
    press(
        at_the_desk(cast.tom),
        ticket,
        "progress",
        details="Found",
        next_steps="Mend",
        estimated_resolution="2099-01-02T09:00",
    )
    assert "21:00" in Message.objects.get(purpose="progress_update").body  # 09:00 in Tokyo is 21:00 in São Paulo


def test_a_refusal_stands_beside_its_field_and_every_word_is_kept(ticket, tom):
    answer = press(
        tom, ticket, "progress", details="We found it", next_steps="", estimated_resolution="2020-01-01T00:00"
    )
    assert answer.status_code == 400
    form = answer.context["refused"]
    assert "next_steps" in form.errors
    page = text(answer)
    assert "We found it" in page
    assert "write something" in page
    assert not Message.objects.filter(purpose="progress_update").exists()


def test_several_refusals_each_stand_beside_their_field(ticket, tom):
    answer = press(tom, ticket, "resolve", summary="It was this", follow_up_required="on")
    assert set(answer.context["refused"].errors) == {"actions_taken", "prevention_measures"}
    assert 'id="dialog-resolve" class="desk-dialog" aria-labelledby="title-resolve" data-open-now' in text(answer)


def test_a_verb_that_the_state_forbids_is_off_with_its_reason_and_refused_all_the_same(cast, ticket, tom):
    do(resolve_ticket, ticket, summary="x", actions_taken="x", prevention_measures="x", by=cast.tom, at=timezone.now())
    offered = {button.form.verb: button.why_not for button in open_page(tom, ticket).context["acts_offered"]}
    assert offered["escalate"] == "It is resolved: reopen it before."
    assert offered["close"] == ""
    answer = press(tom, ticket, "escalate", trigger=TRIGGER, reason="x")
    assert answer.status_code == 409
    assert not Escalation.objects.exists()


def test_a_person_who_may_not_is_told_so_on_the_page(cast, at_the_desk):
    ticket = make_ticket(cast.ana, category="security")
    do_assign = press(at_the_desk(cast.sam), ticket, "assign", assignee=cast.tom.pk)
    assert do_assign.status_code == 400
    ticket.refresh_from_db()
    assert ticket.assignee is None


def test_words_wait_when_something_was_said_in_between(cast, ticket, tom):
    seen = ticket.replies.latest("id").pk
    do(reply_to_ticket, ticket, body="It works again!", by=cast.ana.user, at=timezone.now())
    answer = press(tom, ticket, "reply", body="Estamos vendo.", seen=seen)
    assert answer.status_code == 409
    page = text(answer)
    assert "Ana wrote meanwhile: “It works again!”" in page and "Send anyway" in page
    assert "Estamos vendo." in page
    assert press(tom, ticket, "reply", body="Estamos vendo.").status_code == 302


def test_words_wait_when_a_colleague_spoke_in_between(cast, ticket, tom):
    seen = ticket.replies.latest("id").pk
    do(note_ticket, ticket, body="I called her", by=cast.tina, at=timezone.now())
    answer = press(tom, ticket, "reply", body="Estamos vendo.", seen=seen)
    assert answer.status_code == 409
    assert "since you opened it" in text(answer)


def test_a_double_click_says_it_once(ticket, tom):
    seen = ticket.replies.latest("id").pk
    assert press(tom, ticket, "reply", body="Hello", seen=seen).status_code == 302
    assert press(tom, ticket, "reply", body="Hello", seen=seen).status_code == 409
    assert Reply.objects.filter(body="Hello").count() == 1


def test_the_preview_is_exactly_what_the_customer_gets_and_changes_nothing(ticket, tom):
    version, messages = ticket.version, Message.objects.count()
    shown = rehearse(tom, ticket, "reply", body="Tente {customer_name} outra vez.").json()
    ticket.refresh_from_db()
    assert (ticket.version, ticket.status, Message.objects.count()) == (version, "new", messages)
    assert Reply.objects.count() == 1
    assert any("“{customer_name}”" in doubt for doubt in shown["doubts"])
    press(tom, ticket, "reply", body="Tente {customer_name} outra vez.", confirm="leftover")
    sent = Message.objects.get(purpose="agent_reply")
    assert (shown["subject"], shown["body"]) == (sent.subject, sent.body)
    assert (shown["to"], shown["language"]) == ("Ana <ana@example.com>", "Portuguese")


@pytest.mark.parametrize(
    ("verb", "typed", "purpose"),
    [
        (
            "progress",
            {"details": "a", "next_steps": "b", "estimated_resolution": "2099-01-01T10:00"},
            "progress_update",
        ),
        ("resolve", {"summary": "a", "actions_taken": "b", "prevention_measures": "c"}, "resolution_notification"),
        ("escalate", {"trigger": TRIGGER, "reason": "r"}, "escalation_notification"),
    ],
)
def test_every_message_to_the_customer_can_be_previewed(ticket, tom, verb, typed, purpose):
    shown = rehearse(tom, ticket, verb, **typed).json()
    press(tom, ticket, verb, **typed)
    sent = Message.objects.get(purpose=purpose)
    assert (shown["subject"], shown["body"]) == (sent.subject, sent.body)


def test_a_preview_of_too_few_words_says_what_is_missing(ticket, tom):
    shown = rehearse(tom, ticket, "reply", body=" ").json()
    assert shown["errors"] == ["“body” is empty: write something."]
    assert rehearse(tom, ticket, "assign", assignee="").status_code == 404


def test_a_verb_that_hides_the_ticket_leads_back_to_the_queue(cast, tom, ticket):
    answer = press(tom, ticket, "category", category="security")
    ticket.refresh_from_db()
    assert ticket.is_security
    assert answer.headers["Location"] == "/admin/tickets/ticket/"
    assert tom.get(answer.headers["Location"]).status_code == 200


def test_the_page_itself_takes_no_form_and_nothing_is_added_or_deleted(ticket, tom, cast, at_the_desk):
    ada = at_the_desk(cast.ada)
    address = f"/admin/tickets/ticket/{ticket.pk}"
    assert ada.post(f"{address}/change/", {"subject": "mine now"}).status_code == 405
    assert ada.get(f"{address}/delete/").status_code == 403
    assert ada.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    assert ada.get("/admin/tickets/ticket/add/").status_code == 403
    assert ada.get(f"{address}/do/reply/").status_code == 302
    assert ada.post(f"{address}/do/explode/").status_code == 404
    ticket.refresh_from_db()
    assert ticket.subject == "Meu cartão"


def test_a_version_can_be_read_and_never_written_back(cast, ticket, at_the_desk):
    ada = at_the_desk(cast.ada)
    version = ticket.history.earliest("history_id").history_id
    address = f"/admin/tickets/ticket/{ticket.pk}/history/{version}/"
    assert "Meu cartão" in text(ada.get(address))
    assert ada.post(address, {"subject": "x"}).status_code == 405
    assert ada.get(f"/admin/tickets/ticket/{ticket.pk}/history/99999999999/").status_code == 404


def test_what_the_customer_asked_before_stands_beside(cast, ticket, tom):
    older = make_ticket(cast.ana, subject="An older one")
    secret = make_ticket(cast.ana, subject="A secret one", category="security")
    past = [one.pk for one, _due in open_page(tom, ticket).context["past_tickets"]]
    assert older.pk in past
    assert secret.pk not in past


def test_a_failed_delivery_is_seen_where_it_was_said(cast, ticket, tom):
    do(reply_to_ticket, ticket, body="ANSWER", by=cast.tom, at=timezone.now())
    Delivery.objects.filter(message__purpose="agent_reply").update(state="dead", last_error="550 no such box")
    page = text(open_page(tom, ticket))
    assert "550 no such box" in page
    assert "given up" in page
