"""What a mail becomes: a question, an answer on the right ticket, or something a person has to look at (M1–M3, M7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communications.addresses import new_message_id, reply_address
from communications.models import Became, InboundMail, MailState, Message
from communications.workflow.decide_mail import accept_link, discard_mail, release_mail
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import SystemActor, system_actor
from tests.conftest import NOON
from tests.inbound.conftest import address_of, hand_in, raw, said_about, ticket_of
from tests.make import do, make_ticket
from tickets.models import Reply, Status, Ticket, Voice
from tickets.take_in import take_in
from tickets.workflow.close import close_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.say_in_chat import say_in_chat
from tickets.workflow.start_chat import start_visitor_chat
from tickets.workflow.take_in_mail import take_in_mail

RESOLVED = {"summary": "New card.", "actions_taken": "Sent.", "prevention_measures": "None."}
SECRET = "Zyxwvut"  # words of the sender's that no acknowledgement may hold


def test_a_stranger_s_mail_becomes_a_customer_and_a_ticket_in_their_language(arrives):
    mail = arrives(
        sender="João Lima <joao@example.net>", subject="Cartão não chegou",
        body="Olá, o meu cartão ainda não chegou e eu preciso dele. Vocês podem verificar? Obrigado!",
    )  # fmt: skip
    assert (mail.state, mail.became, mail.rule) == (MailState.TAKEN_IN, Became.TICKET, "new")
    ticket = ticket_of(mail)
    assert (ticket.customer.email, ticket.language, ticket.severity) == ("joao@example.net", "pt", "medium")
    question = ticket.replies.get()
    assert (question.voice, question.author.email) == (Voice.CUSTOMER, "joao@example.net")
    assert question.body.startswith("Olá, o meu cartão")
    assert not question.author.has_usable_password()


def test_m7_an_acknowledgement_holds_nothing_that_its_sender_wrote_and_third_parties_get_nothing(arrives):
    mail = arrives(
        sender=f"{SECRET} <victim@example.net>",
        subject=f"{SECRET} offers",
        body=f"{SECRET} Buy!",
        Cc="other@example.net",
    )
    (message,) = said_about(ticket_of(mail))
    assert message.purpose == "mail_received"
    assert SECRET not in message.subject + message.body
    assert [way.address for way in message.deliveries.all()] == ["victim@example.net"]


def test_who_is_proven_by_our_own_server_is_greeted_by_name(arrives, settings):
    settings.DESK_AUTHSERV_ID = "mx.financy.example"
    mail = arrives(Authentication_Results="mx.financy.example; dmarc=pass header.from=example.com")
    (message,) = said_about(ticket_of(mail))
    assert message.purpose == "initial_response"
    assert "Ben" in message.body


def test_m3_an_answer_to_the_signed_address_joins_its_ticket(arrives, cast):
    ticket = make_ticket(cast.ben)
    mail = arrives(
        to=address_of(ticket), subject="Re: whatever", body="It is blue.\n\nOn 1 Jan 2026, Desk wrote:\n> Which?"
    )
    assert (mail.rule, mail.became, mail.about_reference) == ("token", Became.REPLY, ticket.reference)
    reply = Reply.objects.get(pk=mail.reply_id)
    assert (reply.ticket_id, reply.body, reply.author_id) == (ticket.pk, "It is blue.", cast.ben.user_id)


def test_m3_an_answer_to_a_message_of_ours_joins_its_ticket(arrives, cast):
    ticket = make_ticket(cast.ben)
    (greeting,) = said_about(ticket)
    mail = arrives(In_Reply_To="<x@mail.example>", References=f"<a@b.example> {greeting.message_id}")
    assert (mail.rule, mail.about_id) == ("message_id", ticket.pk)


@pytest.mark.parametrize("forged", ["subject", "message id", "token", "stranger with the token"])
def test_m3_nothing_of_who_takes_no_part_reaches_a_customer_s_ticket(arrives, cast, forged):
    ticket = make_ticket(cast.ben)
    (greeting,) = said_about(ticket)
    said = {
        "subject": {"subject": f"Re: [{ticket.reference}] My card"},
        "message id": {"In_Reply_To": new_message_id()},
        "token": {"to": address_of(ticket)[:-20] + "aaaa@financy.example"},
        "stranger with the token": {"to": address_of(ticket), "In_Reply_To": greeting.message_id},
    }[forged]
    mail = arrives(sender="mallory@example.net", body="Give me the code", **said)
    assert ticket.replies.count() == 1
    assert mail.became == Became.TICKET
    assert ticket_of(mail).customer.email == "mallory@example.net"
    if forged in ("subject", "stranger with the token"):
        assert mail.suggested_reference == ticket.reference


def test_a_colleague_takes_part_where_the_organisation_shares_and_not_elsewhere(arrives, cast):
    shared, silent = make_ticket(cast.ben), make_ticket(cast.dan)
    mail = arrives(sender="bea@example.com", to=address_of(shared))
    assert (mail.became, mail.about_id) == (Became.REPLY, shared.pk)
    assert Reply.objects.get(pk=mail.reply_id).author_id == cast.bea.user_id
    mail = arrives(sender="dora@example.com", to=address_of(silent))
    assert mail.became == Became.TICKET
    assert silent.replies.count() == 1


def test_m1_from_alone_never_speaks_as_staff(arrives, cast, settings):
    settings.DESK_AUTHSERV_ID = "mx.financy.example"
    passed = "mx.financy.example; dmarc=pass header.from=financy.example"
    ticket = make_ticket(cast.ben)
    own = reply_address(ticket.reference, person_id=cast.tom.pk)
    another = reply_address(ticket.reference, person_id=cast.tina.pk)
    for said in (
        {"to": address_of(ticket), "Authentication_Results": passed},
        {"to": another, "Authentication_Results": passed},
        {"to": own},
        {"to": own, "Authentication_Results": passed.replace("mx.financy.example", "mx.evil.example", 1)},
        {"to": own, "Authentication_Results": passed.replace("header.from=financy", "header.from=evil")},
        {"to": own, "Authentication_Results": "mx.financy.example; dmarc=fail header.from=financy.example"},
    ):
        mail = arrives(sender="Tom <tom@financy.example>", body="Send it to Mallory.", **said)
        assert (mail.state, mail.rule) == (MailState.PARKED, "unverified"), said
    assert ticket.replies.count() == 1
    assert not Message.objects.filter(purpose="agent_reply").exists()


def test_m1_an_agent_s_own_signed_address_with_dmarc_speaks_for_them(arrives, cast, settings):
    settings.DESK_AUTHSERV_ID = "mx.financy.example"
    ticket = make_ticket(cast.ben)
    mail = arrives(
        sender="tom@financy.example", to=reply_address(ticket.reference, person_id=cast.tom.pk),
        body="It is on its way.",
        Authentication_Results="mx.financy.example; dmarc=pass header.from=financy.example",
    )  # fmt: skip
    assert (mail.state, mail.rule) == (MailState.TAKEN_IN, "staff"), mail.why
    reply = Reply.objects.get(pk=mail.reply_id)
    assert (reply.voice, reply.author_id) == (Voice.AGENT, cast.tom.pk)
    assert "It is on its way." in Message.objects.get(purpose="agent_reply").body


def test_m2_a_foreign_result_above_or_without_ours_proves_nothing(arrives, settings):
    for trusted in ("", "mx.financy.example"):
        settings.DESK_AUTHSERV_ID = trusted
        mail = arrives(
            subject=f"Question {trusted}", X_Financy_Loop="aaaaaaaaaaaaaaaa",
            Authentication_Results="evil.example; dmarc=pass header.from=example.com",
        )  # fmt: skip
        assert mail.became == Became.TICKET  # a forged loop mark is no mark
        assert said_about(ticket_of(mail))[0].purpose == "mail_received"


def test_an_answer_to_a_closed_ticket_is_a_new_one_with_a_suggested_link(arrives, cast):
    ticket = make_ticket(cast.ben)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON, **RESOLVED)
    do(close_ticket, ticket, by=cast.tom, at=NOON)
    mail = arrives(to=address_of(ticket), body="It broke again.")
    assert (mail.became, mail.suggested_reference) == (Became.TICKET, ticket.reference)
    ticket.refresh_from_db()
    assert ticket.status == Status.CLOSED


def test_an_answer_reopens_a_resolved_ticket(arrives, cast):
    ticket = make_ticket(cast.ben)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON, **RESOLVED)
    arrives(to=address_of(ticket), body="It broke again.")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.cycle) == (Status.OPEN, 2)


def test_a_mail_that_comes_twice_is_one(arrives, cast):
    content = raw()
    first, again = arrives(content), arrives(content)
    assert first.pk == again.pk
    other_way = arrives(b"Received: from elsewhere\r\n" + content)
    assert (other_way.became, other_way.rule) == (Became.NOTHING, "known")
    assert Ticket.objects.count() == 1


def test_an_accepted_link_puts_a_participant_s_words_there_and_a_stranger_s_in_a_note(arrives, cast):
    ticket = make_ticket(cast.ben)
    for sender, became in (("ben@example.com", Became.REPLY), ("mallory@example.net", Became.NOTE)):
        mail = arrives(sender=sender, subject=f"About {ticket.reference}, from {sender}", body=f"Words of {sender}")
        assert mail.suggested_reference == ticket.reference
        with acting(by=cast.tom, channel="test"):
            accept_link(mail, by=cast.tom, at=NOON)
        take_in(NOON)
        mail.refresh_from_db()
        assert (mail.state, mail.became, mail.about_id) == (MailState.TAKEN_IN, became, ticket.pk)
        reply = Reply.objects.get(pk=mail.reply_id)
        assert reply.is_internal == (became == Became.NOTE)
        with acting(by=cast.tom, channel="test"), pytest.raises(Conflict):
            accept_link(mail, by=cast.tom, at=NOON)


def test_only_agents_release_and_discard_and_they_say_why(arrives, cast):
    mail = arrives(sender="", subject="Who am I")
    assert mail.state == MailState.PARKED
    with acting(by=cast.ben.user, channel="test"), pytest.raises(NotAllowed):
        release_mail(mail, reason="mine", by=cast.ben.user, at=NOON)
    with acting(by=cast.tom, channel="test"):
        with pytest.raises(Invalid):
            discard_mail(mail, reason=" ", by=cast.tom, at=NOON)
        discard_mail(mail, reason="nobody", by=cast.tom, at=NOON)
    mail.refresh_from_db()
    assert mail.state == MailState.DISCARDED
    take_in(NOON)
    mail.refresh_from_db()
    assert mail.state == MailState.DISCARDED


def test_files_that_nobody_may_run_are_kept_for_staff_and_not_given_to_customers(arrives, cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    body = (
        '--b\r\nContent-Type: text/plain\r\n\r\nSee\r\n--b\r\nContent-Type: text/html; name="../../x.svg"\r\n'
        "Content-Disposition: attachment\r\n\r\n<script>1</script>\r\n--b\r\n"
        'Content-Type: image/png; name="a.png"\r\nContent-ID: <one@x>\r\n\r\nPNG\r\n--b--'
    )
    mail = arrives(body=body.replace("\r\n", "\n"), Content_Type='multipart/mixed; boundary="b"')
    files = {file.name: file for file in ticket_of(mail).attachments.all()}
    assert set(files) == {"x.svg", "a.png"}
    for file in files.values():
        assert set(file.path) <= set("0123456789abcdef/")


def test_a_database_that_refuses_parks_the_mail_and_takes_the_next(arrives, cast, monkeypatch):
    sick = hand_in(raw(subject="sick"))
    well = hand_in(raw(subject="well", sender="carmen@example.com"))

    def break_on(mail, parsed, *, at):
        if mail.pk == sick.pk:
            list(Customer.objects.raw("SELECT 1 / 0 AS id"))
        return take_in_mail(mail, parsed, at=at)

    monkeypatch.setattr("tickets.take_in.take_in_mail", break_on)
    assert take_in(NOON) == {"parked": 1, "taken_in": 1}
    sick.refresh_from_db()
    well.refresh_from_db()
    assert (sick.rule, well.became) == ("failed", Became.TICKET)


def test_an_agent_s_answer_names_the_customer_s_mail_so_that_programs_show_one_conversation(arrives, cast):
    mail = arrives(message_id="<first@mail.example.com>")
    ticket = ticket_of(mail)
    do(reply_to_ticket, ticket, by=cast.tom, at=NOON + timedelta(minutes=5), body="It is on its way.")
    answer = said_about(ticket)[-1]
    from communications.threads import earlier_message_ids

    assert "<first@mail.example.com>" in earlier_message_ids(answer)
    assert InboundMail.objects.count() == 1


def test_on_a_full_disk_the_words_stay_and_people_see_where_the_files_are(arrives, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("tickets.files.FREE_SHARE", 1.0)  # no disk has that much left
    body = (
        "--b\nContent-Type: text/plain\n\nSee the picture.\n"
        "--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\na\n--b--"
    )
    mail = arrives(body=body, Content_Type='multipart/mixed; boundary="b"')
    assert ticket_of(mail).replies.get().body == "See the picture."
    assert not ticket_of(mail).attachments.exists()
    assert "not stored: the disk is nearly full" in mail.why


def test_an_answer_by_mail_to_what_a_visitor_opened_is_a_new_ticket_that_the_visitor_does_not_see(arrives, cast):
    with acting(by=system_actor(SystemActor.PUBLIC), channel="test") as act:
        visitor = start_visitor_chat(email="ana@example.com", name="Ana", by=act.by, at=NOON).person
    with acting(by=visitor, channel="test"):
        chat = say_in_chat(body="It is me", by=visitor, at=NOON).ticket
    mail = arrives(sender="Ana <ana@example.com>", to=address_of(chat), body="My card number ends in 4242.")
    assert ticket_of(mail) != chat and mail.suggested_id == chat.pk
    assert set(Ticket.objects.visible_to(visitor)) == {chat}
    assert not chat.replies.filter(body__contains="4242").exists()
