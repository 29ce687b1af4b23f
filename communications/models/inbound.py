"""InboundMail: each mail that came in, kept as it came before anything reads it; and what it became."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from communications.inbound.querysets import InboundMailQuerySet
from communications.models.account import ProviderAccount
from financy_support.desk.audit.audited_model import ERASED, AppendOnlyModel, AuditedModel

# A mail is a customer's when it was taken in as theirs, and when it came from their address and became nothing.
OF_SENDER = (
    "customer_id IN ({customers})"
    " OR lower(sender) IN (SELECT lower(email) FROM desk_customer WHERE id IN ({customers}))"
)


class MailState(models.TextChoices):
    RECEIVED = "received", _("received")
    TAKEN_IN = "taken_in", _("taken in")
    PARKED = "parked", _("parked")
    RELEASED = "released", _("released")
    DISCARDED = "discarded", _("discarded")


WAITING = (MailState.RECEIVED, MailState.RELEASED)


class Door(models.TextChoices):
    """How a mail came in."""

    SMTP = "smtp", _("SMTP")
    LMTP = "lmtp", _("LMTP")
    IMAP = "imap", _("IMAP")
    HTTP = "http", _("HTTP")


class Became(models.TextChoices):
    """What a mail was turned into."""

    TICKET = "ticket", _("a new ticket")
    REPLY = "reply", _("a reply")
    NOTE = "note", _("an internal note")
    BOUNCE = "bounce", _("a bounce on record")
    NOTHING = "nothing", _("nothing: known already")


class InboundMail(AuditedModel):
    """One mail: its envelope, where it stands and why. The bytes themselves are :class:`RawMail`.

    ``rule`` is the short name of what decided (``token``, ``message_id``, ``new``, ``loop`` …), ``why`` says it in
    words. ``about_*`` is what it became part of, ``suggested_*`` what it may belong to: a person decides.
    """

    about_customers: ClassVar[str] = OF_SENDER
    personal: ClassVar[Mapping[str, str]] = {
        "envelope_from": ERASED,
        "sender": ERASED,
        "subject": ERASED,
        "message_id": "''",
        "because": ERASED,
    }

    door = models.CharField(_("door"), max_length=5, choices=Door.choices)
    mailbox = models.CharField(_("mailbox"), max_length=320, blank=True)
    uid_validity = models.BigIntegerField(_("UIDVALIDITY"), null=True)
    uid = models.BigIntegerField(_("UID"), null=True)
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveIntegerField(_("bytes"))
    envelope_from = models.CharField(_("return path"), max_length=998, null=True)
    envelope_to = models.JSONField(_("envelope recipients"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=MailState.choices, default=MailState.RECEIVED)
    rule = models.CharField(_("rule"), max_length=20, blank=True)
    why = models.TextField(_("why"), blank=True, db_column="because")  # PL/pgSQL knows a why of its own
    sender = models.CharField(_("from"), max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=250, blank=True)
    customer = models.ForeignKey("desk.Customer", models.PROTECT, null=True, related_name="+", db_index=False)
    became = models.CharField(_("became"), max_length=10, choices=Became.choices, blank=True)
    about_label = models.CharField(max_length=60, blank=True)
    about_id = models.BigIntegerField(null=True)
    about_reference = models.CharField(_("about"), max_length=20, blank=True)
    reply_id = models.BigIntegerField(null=True)
    suggested_label = models.CharField(max_length=60, blank=True)
    suggested_id = models.BigIntegerField(null=True)
    suggested_reference = models.CharField(_("may belong to"), max_length=20, blank=True)
    is_link_accepted = models.BooleanField(_("link accepted"), default=False)
    received_at = models.DateTimeField(_("received"))
    settled_at = models.DateTimeField(_("decided"), null=True)

    objects: ClassVar[models.Manager[InboundMail]] = InboundMailQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("inbound mail")
        verbose_name_plural = _("inbound mail")
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "uid_validity", "uid"], name="one_mail_a_place_in_a_mailbox"),
        ]
        indexes = [
            models.Index(fields=["id"], name="mail_waiting", condition=models.Q(state__in=WAITING)),
            models.Index(fields=["-id"], name="mail_parked", condition=models.Q(state=MailState.PARKED)),
            models.Index(fields=["about_label", "about_id", "id"], name="mail_about"),
            models.Index(fields=["message_id"], name="mail_message_id", condition=~models.Q(message_id="")),
            models.Index(Upper("sender"), models.F("received_at").desc(), name="mail_sender"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.sender or self.envelope_from or '—'}: {self.subject}"


class RawMail(AppendOnlyModel):
    """The bytes of one mail, exactly as they came; nobody can change them."""

    about_customers: ClassVar[str] = f"mail_id IN (SELECT id FROM communications_inboundmail WHERE {OF_SENDER})"
    personal: ClassVar[Mapping[str, str]] = {"content": r"'\x'::bytea"}

    mail = models.OneToOneField(InboundMail, models.PROTECT, primary_key=True, related_name="raw")
    content = models.BinaryField()


class MailTry(models.Model):
    """That a worker has begun to take in a mail: its own row, committed before anything reads the mail, gone after.

    A worker that died of its mail leaves the row, and so the count.
    """

    mail = models.OneToOneField(InboundMail, models.CASCADE, primary_key=True, related_name="current_try")
    number = models.PositiveSmallIntegerField(default=1)
    began_at = models.DateTimeField()


class MailboxPlace(models.Model):
    """How far a mailbox has been read: its own row, since it moves with every mail."""

    account = models.OneToOneField(ProviderAccount, models.CASCADE, primary_key=True, related_name="place")
    address = models.CharField(max_length=500, default="", db_default="")
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)
