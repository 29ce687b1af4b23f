"""ProviderAccount: the desk's account with a provider; Destination: one place there where teams and tools listen."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from communications.sealing import seal, unseal
from financy_support.desk.audit.audited_model import AuditedModel


class Edition(models.TextChoices):
    """Which of a provider's two products it is, where they speak differently."""

    CLOUD = "cloud", _("Cloud")
    DATA_CENTER = "data_center", _("Data Center")


class ProviderAccount(AuditedModel):
    """How the desk logs in to one provider. The secret lies sealed, and in no history, answer or log.

    ``kind`` names the file in ``communications/channels`` that delivers; ``account`` is what the provider calls us.
    """

    history_excludes: ClassVar[tuple[str, ...]] = ("sealed_secret",)
    is_guide: ClassVar[bool] = True

    kind = models.CharField(_("kind"), max_length=20)
    name = models.CharField(_("name"), max_length=100, unique=True)
    base_url = models.CharField(
        _("address of its API"),
        max_length=500,
        blank=True,
        validators=[URLValidator(["https", "http", "imaps", "imap"])],
        help_text=_("Empty: the provider's own."),
    )
    account = models.CharField(
        _("account"), max_length=200, blank=True, help_text=_("What the provider calls us: an id, a log-in, a number.")
    )
    sender = models.CharField(
        _("we call from"), max_length=40, blank=True, help_text=_("Calls and texts: our number, + and country code.")
    )
    edition = models.CharField(
        _("edition"), max_length=12, choices=Edition.choices, blank=True, help_text=_("Jira: Cloud or Data Center.")
    )
    sealed_secret = models.TextField(blank=True, editable=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """The token or password in the clear, for the line that logs in and nobody else. Raises ``KeyMissing``."""
        return unseal(self.sealed_secret)

    @secret.setter
    def secret(self, value: str) -> None:
        self.sealed_secret = seal(value)


class Destination(AuditedModel):
    """A Slack channel, a Jira project, a Teams flow: where a message goes that is for no single person."""

    is_guide: ClassVar[bool] = True

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    account = models.ForeignKey(ProviderAccount, models.PROTECT, related_name="destinations", verbose_name=_("account"))
    address = models.CharField(
        _("address"), max_length=320, help_text=_("The provider's own name for it: channel id, project key, path.")
    )
    team = models.ForeignKey(
        "desk.Team", models.PROTECT, null=True, blank=True, related_name="destinations", verbose_name=_("team")
    )
    languages = models.JSONField(
        _("languages"), default=list, blank=True, help_text=_("english, portuguese, spanish; empty: any")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> str:
        """Which line leads there."""
        return self.account.kind
