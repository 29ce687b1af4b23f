"""How customers sign in to see their requests: a mailed link, used once, and the session that it opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, AuditedModel
from financy_support.desk.people.user import User


class OfAdministrators(models.QuerySet[Any]):
    """Who signs in when is personal, and whoever reads a fresh link could use it: administrators alone see both."""

    def visible_to(self, actor: Any) -> OfAdministrators:
        is_administrator = isinstance(actor, User) and actor.is_active and actor.is_superuser
        return self.all() if is_administrator else self.none()


class PortalLink(AuditedModel):
    """A link that was mailed to a customer. The link is signed and names this row; nothing here opens anything."""

    about_customers: ClassVar[str] = "customer_id IN ({customers})"
    personal: ClassVar[Mapping[str, str]] = {"address": ERASED}

    customer = models.ForeignKey("desk.Customer", models.PROTECT, related_name="portal_links", db_index=False)
    address = models.CharField(_("sent to"), max_length=254)
    asked_at = models.DateTimeField(_("asked for"))
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True)

    objects: ClassVar[Any] = OfAdministrators.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("sign-in link")
        verbose_name_plural = _("sign-in links")
        indexes = [models.Index(fields=["customer", "asked_at"], name="portal_link_of_customer")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """How its mail is called: LINK-000012."""
        return f"LINK-{self.pk:06d}"


class Ended(models.TextChoices):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out", _("signed out")
    BY_DESK = "by_desk", _("ended by an administrator")


class PortalSession(AuditedModel):
    """A customer who signed in by a link, on one browser. Its cookie names this row, so that it can be ended."""

    about_customers: ClassVar[str] = "customer_id IN ({customers})"
    personal: ClassVar[Mapping[str, str]] = {"address": ERASED}

    customer = models.ForeignKey("desk.Customer", models.PROTECT, related_name="portal_sessions")
    link = models.OneToOneField(PortalLink, models.PROTECT, related_name="session")
    address = models.CharField(_("proven address"), max_length=254)
    started_at = models.DateTimeField(_("signed in"))
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_because = models.CharField(_("why"), max_length=10, choices=Ended.choices, blank=True)

    objects: ClassVar[Any] = OfAdministrators.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("portal session")
        verbose_name_plural = _("portal sessions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_because="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ended_because="")),
                name="an_ended_session_says_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer} since {self.started_at:%Y-%m-%d %H:%M}"

    def why_over(self, at: datetime) -> str:
        """Why it opens nothing at ``at``, in words for administrators; empty while it does.

        Another address than the proven one, a closed log-in and an erased customer end it by themselves.
        """
        if self.ended_at:
            return str(self.get_ended_because_display())
        if at >= self.expires_at:
            return str(_("expired"))
        if self.address.casefold() != self.customer.email.casefold():
            return str(_("the address changed"))
        if self.customer.erased_at or self.customer.user is None or not self.customer.user.is_active:
            return str(_("the log-in is closed"))
        return ""
