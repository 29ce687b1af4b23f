"""Mail that no person wrote: never answered, never reopening, no promise touched (M4, M5, M6); bounces recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from communications.addresses import loop_mark, new_message_id
from communications.models import Became, BouncedAddress, InboundMail, MailState, Message
from communications.workflow.decide_mail import release_mail
from financy_support.desk.audit.acting import acting
from tests.conftest import NOON
from tests.inbound.conftest import address_of, hand_in, raw, said_about
from tests.make import do, make_ticket
from tickets.mail_brakes import MOST_REPLIES, MOST_TICKETS, plain_subject
from tickets.models import Reply, Status, Ticket, TicketDeadline
from tickets.take_in import take_in
from tickets.workflow.resolve import resolve_ticket

RESOLVED = {"summary": "New card.", "actions_taken": "Sent.", "prevention_measures": "None."}
OWN = new_message_id()
REPORT = 'multipart/report; boundary="b"; report-type='
# Each a mail of a robot: what it says beside the usual, and its return path.
ROBOTS = {
    "null path": ({}, ""),
    "null return path header": ({"Return_Path": "<>"}, None),
    "mailer-daemon": ({"sender": "MAILER-DAEMON@mail.example.com"}, None),
    "no-reply": ({"sender": "no-reply@shop.example"}, None),
    "auto-replied": ({"Auto_Submitted": "auto-replied"}, None),
    "auto-generated": ({"Auto_Submitted": "auto-generated; owner-email=x"}, None),
    "bulk": ({"Precedence": "bulk"}, None),
    "junk": ({"Precedence": "junk"}, None),
    "precedence list": ({"Precedence": "list"}, None),
    "suppress": ({"X_Auto_Response_Suppress": "OOF, AutoReply"}, None),
    "list": ({"List_Id": "<news.example.com>"}, None),
    "list-unsubscribe": ({"List_Unsubscribe": "<mailto:u@example.com>"}, None),
    "x-autoreply": ({"X_Autoreply": "yes"}, None),
    "out of office": ({"subject": "Automatic reply: My card"}, None),
    "ausente": ({"subject": "Resposta automática: estou de férias"}, None),
    "fuera": ({"subject": "RE: Fuera de la oficina"}, None),
    "another desk": ({"X_Zendesk_From_Account_Id": "1"}, None),
    "our own": ({"message_id": OWN}, None),
    "our own loop mark": ({"message_id": "<a@b.example>", "X_Financy_Loop": loop_mark("<a@b.example>")}, None),
    "our own address": ({"sender": "support@financy.example"}, None),
    "read receipt": (
        {"Content_Type": f"{REPORT}disposition-notification", "body": "--b\n\nread\n--b--"}, None,
    ),
    "delivery report": (
        {"Content_Type": f"{REPORT}delivery-status", "body": "--b\n\ngone\n--b--"}, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("robot", ROBOTS)
def test_m4_no_robot_is_answered_reopens_or_touches_a_promise(arrives, cast, robot):
    ticket = make_ticket(cast.ben)
    do(resolve_ticket, ticket, by=cast.tom, at=NOON, **RESOLVED)
    before = list(TicketDeadline.objects.order_by("id").values()), Message.objects.count()
    said, path = ROBOTS[robot]
    for to in (address_of(ticket), "support@financy.example"):
        mail = arrives(**{"to": to, **said}, return_path=path)
        assert mail.state == MailState.PARKED or mail.became == Became.NOTE, mail.why
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    assert Ticket.objects.count() == 1
    assert (list(TicketDeadline.objects.order_by("id").values()), Message.objects.count()) == before
    assert not Reply.objects.filter(ticket=ticket, is_internal=False, is_opening=False).exists()


def test_an_absence_is_a_note_on_the_ticket_it_answers(arrives, cast):
    ticket = make_ticket(cast.ben)
    mail = arrives(to=address_of(ticket), Auto_Submitted="auto-replied", body="I am away until Monday.")
    note = Reply.objects.get(pk=mail.reply_id)
    assert note.is_internal
    assert "away until Monday" in note.body


def report(message: Message, address: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """What a mail server says of a mail that it could not deliver (RFC 3464)."""
    return raw(
        sender="MAILER-DAEMON@mail.example.com", subject="Undelivered Mail Returned to Sender",
        Content_Type='multipart/report; report-type=delivery-status; boundary="b"',
        body=(
            "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
            "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example.com\n\n"
            f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
            "Diagnostic-Code: smtp; 550 5.1.1 No such user\n\n"
            f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message.message_id}\nSubject: x\n\n--b--"
        ),
    )  # fmt: skip


def test_a_bounce_flags_the_address_and_says_so_on_the_ticket(arrives, cast):
    ticket = make_ticket(cast.ben)
    (greeting,) = said_about(ticket)
    mail = arrives(report(greeting, "ben@example.com"), return_path="")
    assert (mail.state, mail.became, mail.about_id) == (MailState.TAKEN_IN, Became.BOUNCE, ticket.pk), mail.why
    flag = BouncedAddress.objects.get()
    assert (flag.address, flag.is_permanent, flag.status) == ("ben@example.com", True, "5.1.1")
    note = ticket.replies.get(is_internal=True)
    assert "550 5.1.1 No such user" in note.body


def test_a_forged_bounce_flags_nobody(arrives, cast):
    ticket = make_ticket(cast.ben)
    (greeting,) = said_about(ticket)
    forged = Message(message_id=new_message_id())
    for content in (report(greeting, "carmen@example.com"), report(forged, "ben@example.com")):
        assert arrives(content, return_path="").state == MailState.PARKED
    assert not BouncedAddress.objects.exists()


def test_m6_twenty_new_tickets_an_hour_and_the_rest_is_parked_visible_and_can_pass(arrives, cast):
    subjects = [f"Question about {word}" for word in words_of(25)]
    mails = [arrives(subject=subject) for subject in subjects]
    states = [mail.state for mail in mails]
    assert states == [MailState.TAKEN_IN] * MOST_TICKETS + [MailState.PARKED] * (25 - MOST_TICKETS)
    assert Ticket.objects.count() == MOST_TICKETS
    assert Message.objects.filter(is_automatic=True).count() == 5
    parked = mails[-1]
    assert parked.rule == "flood"
    with acting(by=cast.tom, channel="test"):
        release_mail(parked, reason="they mean it", by=cast.tom, at=NOON)
    take_in(NOON)
    parked.refresh_from_db()
    assert parked.became == Became.TICKET
    assert arrives(subject="Question about tomorrow", at=NOON + timedelta(hours=2)).became == Became.TICKET


def test_m5_two_robots_without_marks_make_one_ticket_three_mails_and_one_alarm(cast):
    """A desk that answers each mail with a new one, and a vacation responder that answers the signed address."""
    at, robot = NOON, "desk@other.example"
    hand_in(raw(sender=robot, subject="Order 1 is late"), return_path=robot, at=at)
    take_in(at)
    ticket = Ticket.objects.get()
    for number in range(500):
        at += timedelta(seconds=3)
        heard = f"[{ticket.reference}] We have received your message"
        said = {"sender": robot, "subject": f"[OTHER-{number}] Re: Order 1 is late", "body": heard}
        hand_in(raw(**said), return_path=robot, at=at)
        said = {"sender": robot, "to": address_of(ticket), "subject": f"Away {number}", "body": "I am away."}
        hand_in(raw(**said), return_path=robot, at=at)
        if number % 10 == 9:
            take_in(at)
    assert Ticket.objects.count() == 1
    assert Message.objects.count() <= 3
    alarms = Reply.objects.filter(ticket=ticket, is_internal=True, body__contains="is being parked")
    assert alarms.count() == 1
    states = list(InboundMail.objects.values_list("state", flat=True))
    assert len(states) == 1001
    assert states.count(MailState.TAKEN_IN) == 1 + MOST_REPLIES
    assert states.count(MailState.PARKED) == 1000 - MOST_REPLIES


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Re: RE: [FIN-000012] AW: My card", "my card"), ("Fwd: Auto: Order 77 is late", "order is late"),
        ("My card", "my card"), ("", ""), ("Re:", ""),
    ],
)  # fmt: skip
def test_what_is_left_of_a_subject_without_its_prefixes(subject, plain):
    assert plain_subject(subject) == plain


def words_of(count: int) -> list[str]:
    """Different words without a digit."""
    return [chr(97 + number // 5) * 3 + chr(97 + number % 5) * 2 for number in range(count)]
