"""QuietHours: when people are left in peace; MailBudget: how much automatic mail is enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import AuditedModel


class QuietHours(AuditedModel):
    """When nothing that can wait reaches people by one kind of channel, by their own clock. No row: never.

    Source: design §5; the hours are ours.
    """

    is_guide: ClassVar[bool] = True

    kind = models.CharField(_("kind"), max_length=20, unique=True, help_text=_("call, sms: a kind of channel."))
    starts = models.TimeField(_("from"), help_text=_("The recipient's local time."))
    ends = models.TimeField(_("until"), help_text=_("Not later than the start means the next day."))

    class Meta:
        ordering = ["kind"]
        verbose_name_plural = _("quiet hours")

    def __str__(self) -> str:
        return f"{self.kind}: {self.starts:%H:%M} to {self.ends:%H:%M}"

    def end_after(self, at: datetime, time_zone: str) -> datetime | None:
        """When the quiet is over if ``at`` falls into it, else None."""
        zone = ZoneInfo(time_zone)
        local = at.astimezone(zone)
        is_overnight = self.ends <= self.starts
        if is_overnight:
            is_quiet = local.time() >= self.starts or local.time() < self.ends
        else:
            is_quiet = self.starts <= local.time() < self.ends
        if not is_quiet:
            return None
        day = local.date() + timedelta(days=1 if is_overnight and local.time() >= self.starts else 0)
        end = datetime.combine(day, self.ends, zone).astimezone(at.tzinfo)
        return max(end, at + timedelta(minutes=1))  # a clock that is put back may show the end twice


class MailBudget(AuditedModel):
    """At most so many automatic mails in so long, to one recipient, to one domain or about one subject.

    What is over budget is parked and can be released: two robots that answer each other end there.
    """

    is_guide: ClassVar[bool] = True

    class Scope(models.TextChoices):
        RECIPIENT = "recipient", _("one recipient")
        DOMAIN = "domain", _("one domain")
        SUBJECT = "subject", _("one ticket")

    scope = models.CharField(_("to or about"), max_length=10, choices=Scope.choices, unique=True)
    most = models.PositiveIntegerField(_("at most"))
    per = models.DurationField(_("in"))

    class Meta:
        ordering = ["scope"]

    def __str__(self) -> str:
        return f"{self.most} automatic mails in {self.per} to {self.get_scope_display()}"
