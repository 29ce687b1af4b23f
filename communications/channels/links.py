"""Where a colleague reads the whole of a message, for providers that take only a part of it."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from communications.models.message import Message


def link_to(message: Message) -> str:
    """The message's page in the back office."""
    return f"{settings.DESK_BASE_URL}{reverse('admin:communications_message_change', args=[message.pk])}"
