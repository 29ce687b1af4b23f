"""Places that are no person: an account with a local server, a destination there, and something told to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from communications.models import Delivery, Destination, MessageTemplate, ProviderAccount
from communications.send import About, Draft, send_message
from financy_support.desk.audit.acting import acting
from tests.cast import Cast
from tests.conftest import NOON

REFERENCE = "FIN-000123"
Tell = Callable[..., Delivery]
TOLD = MessageTemplate(purpose="told", language="en", subject="{reference} {said_subject}", body="{said_body}")


def place_at(cast: Cast, kind: str, address: str, **account: Any) -> Destination:
    """An account of this kind and one destination there, made by Ada."""
    with acting(by=cast.ada, channel="test"):
        made = ProviderAccount.objects.create(kind=kind, name=f"Our {kind}", **account)
        return Destination.objects.create(code=f"{kind}-1", name=f"{kind} 1", account=made, address=address)


def teller(cast: Cast, to: Any) -> Tell:
    """``tell(subject, body)`` says something about a ticket and gives its delivery."""

    def tell(subject: str = "Card declined", body: str = "Ben's card is declined.", **more: Any) -> Delivery:
        with acting(by=cast.ada, channel="test"):
            MessageTemplate.objects.bulk_create([TOLD], ignore_conflicts=True)  # past the lint: no such purpose is sent
        facts = {"reference": REFERENCE, "said_subject": subject, "said_body": body}
        draft = Draft("told", to=to, about=About("tickets.ticket", 123, REFERENCE), language="en", facts=facts, **more)
        with acting(by=cast.tom, channel="test"):
            message = send_message(draft, by=cast.tom, at=NOON)
        return Delivery.objects.select_related("message").get(message=message)

    return tell
