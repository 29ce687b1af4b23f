"""What the demo shows of words that went astray: an address that bounced, a robot held off, Slack away for an hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from communications.inbound.keep import Envelope, keep_mail
from communications.models import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Destination,
    Door,
    Message,
    Outcome,
    ProviderAccount,
)
from communications.workflow.change_webhook import change_webhook
from communications.workflow.record_bounce import record_bounce
from communications.workflow.register_webhook import register_webhook
from communications.workflow.send_test_message import send_test_message
from financy_support.demo.people import Cast
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.team import Team
from financy_support.desk.people.user import SystemActor, User, system_actor
from tickets.models import Ticket
from tickets.take_in import take_in

CHANNEL = "load_demo"
KNOWN = ("ana@example.com", "ben@example.com", "bea@example.com", "carmen@example.com")  # who log in here
NOBODY = "Demo: nothing was sent. "
OUTAGE = (  # minutes after the post was due, what came of the try, what Slack said
    (0, Outcome.TEMPORARY, "503 service_unavailable"),
    (1, Outcome.TEMPORARY, "503 service_unavailable"),
    (3, Outcome.UNKNOWN, "no answer within 10 s"),
    (13, Outcome.TEMPORARY, "503 service_unavailable"),
    (27, Outcome.TEMPORARY, "429 ratelimited"),
    (58, Outcome.DELIVERED, "ok"),
)
ROBOT = """From: Parcel desk <parcel-desk@example.com>
To: support@financy.example
Subject: [#{number}] We received your message
Message-ID: <parcel-{number}@mail.example.com>
Date: {date:%a, %d %b %Y %H:%M:%S} +0000

Thank you for writing to the parcel desk. We have opened a request for you and answer within two working days.
"""


def go_astray(tickets: Sequence[Ticket], cast: Cast, *, at: datetime) -> None:
    """Play it once, in the past of a desk that was just filled; what is shown as sent says that nothing was."""
    _bounce(tickets, at - timedelta(hours=20))
    _hold_off_a_robot(at - timedelta(minutes=50))
    _lose_slack(cast.members["admin"], at - timedelta(hours=30))
    _register_tool(cast.members["admin"], at - timedelta(days=2))


def _bounce(tickets: Sequence[Ticket], at: datetime) -> None:
    """The newest message, of those old enough, that went to somebody who cannot log in here."""
    sent = Message.objects.filter(
        about_id__in=[ticket.pk for ticket in tickets],
        about_label=Ticket._meta.label_lower,
        customer__isnull=False,
        purpose="initial_response",
        created_at__lt=at,
    )
    message = sent.exclude(customer__email__in=KNOWN).select_related("customer").order_by("-id").first()
    if message is None or message.customer is None:
        return
    room = system_actor(SystemActor.MAIL)
    with acting(by=room, channel=CHANNEL, reason="a mail came back"):
        record_bounce(
            message.customer.email,
            message=message,
            is_permanent=False,
            status="4.2.2",
            said="452 The mailbox is over its quota. Try again later.",
            by=room,
            at=at,
        )


def _hold_off_a_robot(at: datetime) -> None:
    """Another desk that answers whatever it gets and does not say that it is a robot: one ticket, then no more."""
    room = system_actor(SystemActor.MAIL)
    for number in range(4):
        came_at = at + timedelta(minutes=3 * number)
        content = ROBOT.format(number=4711 + number, date=came_at).replace("\n", "\r\n").encode()
        with acting(by=room, channel=CHANNEL, reason="a robot writes"):
            keep_mail(content, door=Door.SMTP, envelope=Envelope("parcel-desk@example.com"), by=room, at=came_at)
        take_in(came_at)


def _lose_slack(admin: User, at: datetime) -> None:
    """A channel of tier 2 that is not in use any more, so that nothing of this desk ever goes there."""
    with acting(by=admin, channel=CHANNEL, reason="Slack was away"):
        account = ProviderAccount.objects.create(kind="slack", name="Slack (demo)", is_active=True)
        place = Destination.objects.create(
            code="slack-tier-2",
            name="#tier-2 (demo)",
            account=account,
            address="C0DEMO",
            team=Team.objects.filter(tier=2, is_default=True).first(),
            is_active=True,
        )
        message = send_test_message(place, by=admin, at=at)
        account.is_active = place.is_active = False
        account.save()
        place.save()
    delivery = message.deliveries.get()
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            delivery=delivery,
            number=number,
            started_at=at + timedelta(minutes=minutes),
            took=timedelta(seconds=1),
            outcome=outcome,
            answer=f"{NOBODY}{said}",
        )
        for number, (minutes, outcome, said) in enumerate(OUTAGE, 1)
    )
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DELIVERED, attempts=len(OUTAGE), settled_at=at + timedelta(minutes=OUTAGE[-1][0])
    )


def _register_tool(admin: User, at: datetime) -> None:
    """An endpoint as it looks in the list; switched off, since nobody listens at its address."""
    tool = User.objects.filter(email="alerts@financy.example").first()
    if tool is None:
        return
    with acting(by=admin, channel=CHANNEL, reason="a tool of the demo"):
        endpoint, _ = register_webhook(
            url="https://tools.example.com/desk",
            events=["ticket.escalated", "ticket.resolved"],
            description="The on-call board (demo)",
            owner=tool,
            by=admin,
            at=at,
        )
        change_webhook(endpoint, is_active=False, by=admin, at=at)
