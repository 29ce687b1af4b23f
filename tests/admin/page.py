"""Short words for what tests do on the ticket page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tickets.models import Ticket


def queue(client: Client, **asked: Any) -> Any:
    return client.get(reverse("admin:tickets_ticket_changelist"), asked)


def open_page(client: Client, ticket: Ticket) -> Any:
    return client.get(reverse("admin:tickets_ticket_change", args=[ticket.pk]))


def press(client: Client, ticket: Ticket, verb: str, **typed: Any) -> Any:
    """Press the button of a verb on a page just opened; ``seen`` is what that page knew unless said otherwise."""
    newest = ticket.replies.order_by("-id").values_list("pk", flat=True).first()
    return client.post(reverse("admin:tickets_ticket_do", args=[ticket.pk, verb]), {"seen": newest, **typed})


def rehearse(client: Client, ticket: Ticket, verb: str, **typed: Any) -> Any:
    return client.post(reverse("admin:tickets_ticket_preview", args=[ticket.pk, verb]), typed)


def references(answer: Any) -> list[str]:
    """The tickets of a queue page, in order."""
    return [ticket.reference for ticket in answer.context["cl"].result_list]


def text(answer: HttpResponse) -> str:
    return answer.content.decode()
