"""Reply: words on a ticket, public or internal; the question itself is the first one. Nobody can change one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, OF_TICKET, AppendOnlyModel


class Voice(models.TextChoices):
    """Whose words they are."""

    CUSTOMER = "customer", _("customer")
    AGENT = "agent", _("agent")


class Reply(AppendOnlyModel):
    """A public reply or an internal note; the reply that opened the ticket carries its subject and description."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {"subject": ERASED, "body": ERASED}

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="replies", db_index=False)
    voice = models.CharField(_("voice"), max_length=10, choices=Voice.choices)
    author = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)
    is_internal = models.BooleanField(_("internal note"), default=False)
    is_opening = models.BooleanField(_("opened the ticket"), default=False)
    channel = models.CharField(_("channel"), max_length=50)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    body = models.TextField(_("words"))
    created_at = models.DateTimeField(_("written"))
    # The dictionary-free configuration: names, references and three languages in one column, accents kept apart.
    words = models.GeneratedField(
        expression=SearchVector("subject", weight="A", config="simple")
        + SearchVector("body", weight="B", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["id"]
        verbose_name_plural = _("replies")
        indexes = [
            GinIndex(fields=["words"], name="reply_words"),
            models.Index(fields=["ticket", "id"], name="reply_of_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.voice} on {self.created_at:%Y-%m-%d %H:%M}"
