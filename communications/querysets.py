"""The adjectives of messages: whose they are to read."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q

from financy_support.desk.people.user import User, UserKind
from financy_support.desk.subjects import SUBJECTS


class MessageQuerySet(models.QuerySet[Any]):
    """Which messages."""

    def visible_to(self, actor: Any) -> Self:
        """The one scope of messages (design §3 'Access').

        Customers: what was said to them. Agents and administrators: what is about a subject they may see, as the app
        that owns it says. Tools so too, when their token has messages:read. Everybody else none.
        """
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        if actor.kind == UserKind.CUSTOMER:
            customer = getattr(actor, "customer", None)
            return self.filter(customer=customer.pk) if customer else self.none()
        if actor.is_agent or (actor.kind == UserKind.TOOL and "messages:read" in actor.scopes):
            seen = Q(pk__in=[])
            for label, visible_to in SUBJECTS.items():
                seen |= Q(about_label=label, about_id__in=visible_to(actor).order_by().values("pk"))
            found = self.filter(seen)
            return found if actor.is_superuser else found.exclude(purpose="webhook")  # each tool has its own log
        return self.none()
