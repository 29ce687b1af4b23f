"""WebhookEndpoint: where an external tool hears news, and the secret by which it knows that they come from the desk."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from communications.sealing import seal, unseal
from financy_support.api.models import ApiToken
from financy_support.api.scopes import Scope
from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.user import User, UserKind

# News tell of tickets.
LISTENING = frozenset({Scope.WEBHOOKS, Scope.TICKETS_READ})


class WebhookQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Which endpoints."""

    def visible_to(self, actor: Any) -> Self:
        """Administrators all; a tool its own, when its token has ``webhooks``; everybody else none."""
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        if actor.is_superuser:
            return self
        if actor.kind == UserKind.TOOL and "webhooks" in actor.scopes:
            return self.filter(owner=actor)
        return self.none()


class WebhookEndpoint(AuditedModel):
    """One address of one tool. Verbs keep the endpoints in memory, so a change of one starts a new guide edition.

    ``sealed_secret_before`` signs as well until ``before_until``, so that a tool can change over without a gap.
    ``version`` grows with every change by a verb (ETag).
    """

    history_excludes: ClassVar[tuple[str, ...]] = ("sealed_secret", "sealed_secret_before")
    is_guide: ClassVar[bool] = True

    owner = models.ForeignKey(
        "desk.User", models.PROTECT, related_name="webhooks", verbose_name=_("tool"), help_text=_("Who listens.")
    )
    registered_by = models.ForeignKey(
        "desk.User", models.PROTECT, related_name="+", null=True, editable=False, verbose_name=_("registered by")
    )
    url = models.CharField(_("address"), max_length=500, help_text=_("https://; news are posted there."))
    description = models.CharField(_("description"), max_length=200, blank=True)
    events = models.JSONField(_("news"), default=list, blank=True, help_text=_("Kinds of news; empty: all."))
    sealed_secret = models.TextField(editable=False)
    sealed_secret_before = models.TextField(blank=True, editable=False)
    before_until = models.DateTimeField(_("former secret signs until"), null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("in use"), default=True)
    off_because = models.CharField(_("switched off because"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("registered"), editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager[WebhookEndpoint]] = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.url

    @property
    def may_hear(self) -> bool:
        """Whether its tool still has a token that may listen; what an administrator registered needs none."""
        if self.registered_by_id not in (None, self.owner_id):
            return True
        tokens = ApiToken.objects.filter(user=self.owner_id, revoked_at=None, expires_at__gt=Now())
        return any(set(scopes) >= LISTENING for scopes in tokens.values_list("scopes", flat=True))

    @property
    def gate(self) -> str:
        """The key of its gate: an endpoint that is away holds up nobody else."""
        return f"webhook:{self.pk}"

    @property
    def secret(self) -> str:
        """``whsec_…`` in the clear, for signing and for the answer to who registers. Raises ``KeyMissing``."""
        return unseal(self.sealed_secret)

    @secret.setter
    def secret(self, value: str) -> None:
        self.sealed_secret = seal(value)

    @property
    def secret_before(self) -> str:
        """The former one, empty when there is none."""
        return unseal(self.sealed_secret_before)

    def wants(self, event: str) -> bool:
        return not self.events or event in self.events
