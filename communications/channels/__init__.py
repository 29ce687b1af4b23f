"""Registry: kind of channel → what opens a line to its provider. Adding a channel is a file and a line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, Self

from django.conf import settings

from communications.channels.answer import Answer
from communications.channels.call import CallLine
from communications.channels.email import EmailLine
from communications.channels.email_provider import ProviderEmailLine
from communications.channels.in_app import InAppLine
from communications.channels.jira import JiraLine
from communications.channels.slack import SlackLine
from communications.channels.sms import SmsLine
from communications.channels.teams import TeamsLine
from communications.channels.webhook import WebhookLine
from communications.models import Delivery


class Line(Protocol):
    """A line to one provider, kept open for one run of the outbox.

    A place (a destination, an endpoint) is given one delivery at a time, whatever the hosts; one whose class has
    ``pace`` (a timedelta) at most that often.
    """

    def deliver(self, delivery: Delivery) -> Answer:
        """Try once. What it raises parks the delivery: only a defect or an impossible message may raise."""

    def close(self) -> None:
        """Hang up; never raises."""


CHANNELS: dict[str, Callable[[], Line]] = {
    "call": CallLine,
    "email": lambda: ProviderEmailLine() if settings.DESK_EMAIL_PROVIDER else EmailLine(),
    "in_app": InAppLine,
    "jira": JiraLine,
    "slack": SlackLine,
    "sms": SmsLine,
    "teams": TeamsLine,
    "webhook": WebhookLine,
}


def pace_of(kind: str) -> timedelta:
    """How long a place of this kind rests between two messages: the ``pace`` of its line, which the provider names."""
    return getattr(CHANNELS.get(kind), "pace", timedelta())


class Lines:
    """The lines that one run has opened, each at its first delivery."""

    def __init__(self) -> None:
        self._open: dict[str, Line] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for line in self._open.values():
            line.close()

    def deliver(self, delivery: Delivery) -> Answer:
        """Try once on the line of its kind."""
        if delivery.kind not in self._open:
            self._open[delivery.kind] = CHANNELS[delivery.kind]()
        return self._open[delivery.kind].deliver(delivery)
