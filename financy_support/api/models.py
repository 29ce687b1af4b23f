"""What the API remembers: tokens, when they were used, and answers to retried requests."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, AuditedModel

PREFIX = "fin_"

# Whose a stored answer is to erase: the customer's own, and everybody's that tells of a ticket of theirs (by its
# reference, or given with words on it: one transaction, one time) or names their e-mail.
OF_LOG_IN = "{column} IN (SELECT user_id FROM desk_customer WHERE id IN ({{customers}}))"
TELLS_OF_TICKET = """EXISTS (
    SELECT FROM regexp_matches(encode(body, 'escape'), 'FIN-([0-9]{{6,15}})', 'g') AS told(reference)
    WHERE reference[1]::bigint IN (SELECT id FROM tickets_ticket WHERE customer_id IN ({customers}))
) OR (actor_id, created_at) IN (SELECT author_id, created_at FROM tickets_reply WHERE ticket_id IN (
    SELECT id FROM tickets_ticket WHERE customer_id IN ({customers})))"""
NAMES_ADDRESS = """EXISTS (
    SELECT FROM desk_customer AS named WHERE named.id IN ({customers})
    AND strpos(lower(encode(body, 'escape')), lower(encode(convert_to(named.email, 'UTF8'), 'escape'))) > 0
)"""


class ApiToken(AuditedModel):
    """A bearer token: stored hashed, scoped, expiring, revocable (design §3 'API manners')."""

    about_customers: ClassVar[str] = OF_LOG_IN.format(column="user_id")
    personal: ClassVar[Mapping[str, str]] = {"name": ERASED}
    history_excludes: ClassVar[tuple[str, ...]] = ("digest",)

    user = models.ForeignKey("desk.User", models.PROTECT, related_name="api_tokens", verbose_name=_("whose"))
    name = models.CharField(_("name"), max_length=100, help_text=_("What it is for."))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list, blank=True, help_text=_("Empty: all that the person may do."))
    created_at = models.DateTimeField(_("issued"))
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    def is_valid(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


class TokenUse(models.Model):
    """When a token was last used, to the hour. No history: it would be one row a request."""

    token = models.OneToOneField(ApiToken, models.CASCADE, primary_key=True, related_name="use")
    last_used_at = models.DateTimeField()


class IdempotencyKey(models.Model):
    """The stored first answer to a POST that may be retried. No history: it is a memory of one, and is pruned."""

    about_customers: ClassVar[str] = f"{OF_LOG_IN.format(column='actor_id')} OR {TELLS_OF_TICKET} OR {NAMES_ADDRESS}"
    personal: ClassVar[Mapping[str, str]] = {"body": """'{"erased":true}'"""}

    KEPT_FOR = timedelta(hours=72)

    actor = models.ForeignKey("desk.User", models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="one_answer_a_key")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]


def new_secret() -> str:
    """A fresh token: 256 random bits behind a prefix that secret scanners can know."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is stored instead of the token. A plain hash is enough: the token itself is random."""
    return hashlib.sha256(secret.encode()).hexdigest()
