"""Attachment: a file that came with a reply, kept outside the web root under a name of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, OF_TICKET, AppendOnlyModel


class Attachment(AppendOnlyModel):
    """One file of one reply. ``path`` is below MEDIA_ROOT and matches [0-9a-f/]+; the given name is only shown."""

    about_customers: ClassVar[str] = OF_TICKET
    personal: ClassVar[Mapping[str, str]] = {"name": ERASED}

    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="attachments")
    reply = models.ForeignKey("tickets.Reply", models.PROTECT, related_name="attachments")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=120)
    created_at = models.DateTimeField(_("attached"))
    by = models.ForeignKey("desk.User", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
