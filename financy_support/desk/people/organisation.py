"""Organisation: the firm several customers belong to; it may let its people see each other's tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.user import User, UserKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Which organisations."""

    def visible_to(self, actor: User | AnonymousUser) -> Self:
        """Agents and tools with the scope see all; a customer sees their own; editors and strangers none."""
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        if actor.is_agent or (actor.kind == UserKind.TOOL and "customers:read" in actor.scopes):
            return self
        if actor.kind == UserKind.CUSTOMER:
            return self.filter(customers__user=actor)
        return self.none()


class Organisation(AuditedModel):
    """A customer's firm. ``version`` grows with every change by a verb (ETag)."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    shares_tickets = models.BooleanField(
        _("shares tickets"), default=False, help_text=_("Its people see the public side of each other's tickets.")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager[Organisation]] = OrganisationQuerySet.as_manager()

    class Meta:
        app_label = "desk"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
