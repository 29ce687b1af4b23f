"""Who sees messages about a person of the staff or a destination: test pages and test messages."""

from __future__ import annotations

from typing import Any

from communications.models import Destination, WebhookEndpoint
from financy_support.desk.models import User


def staff_seen_by(actor: Any) -> Any:
    """Oneself; administrators everybody."""
    if not (isinstance(actor, User) and actor.is_agent):
        return User.objects.none()
    return User.objects.all() if actor.is_superuser else User.objects.filter(pk=actor.pk)


def destinations_seen_by(actor: Any) -> Any:
    """All, for agents."""
    return Destination.objects.all() if isinstance(actor, User) and actor.is_agent else Destination.objects.none()


def endpoints_seen_by(actor: Any) -> Any:
    """Each its own; administrators all."""
    return WebhookEndpoint.objects.visible_to(actor)
