"""The forms for what comes after the resolution: agree to a follow-up, say what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User
from tickets.admin.forms import VerbForm, choice, moment, words
from tickets.models import Ticket
from tickets.workflow.follow_up import complete_follow_up, follow_up_ticket


class AgreeFollowUp(VerbForm):
    """Put it on the books."""

    verb, title, icon = "follow_up", gettext_lazy("Follow up"), "event_upcoming"
    button: ClassVar[Any] = gettext_lazy("Put on the books")
    hint: ClassVar[Any] = gettext_lazy("It stays owed until somebody says what came of it, also after the resolution.")
    what = words(gettext_lazy("What is owed"), rows=2)
    due_at = moment(gettext_lazy("By"), help_text=gettext_lazy("Left empty: as the policy says for this severity."))

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return ""

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        follow_up = follow_up_ticket(self.ticket, what=given["what"], due_at=given["due_at"], by=by, at=at)
        return _("On the books for %s.") % date_format(localtime(follow_up.due_at), "j M Y H:i")


class CompleteFollowUp(VerbForm):
    """Say what came of it."""

    verb, title, icon = "complete_follow_up", gettext_lazy("Complete follow-up"), "event_available"
    button: ClassVar[Any] = gettext_lazy("Done")
    follow_up = choice(gettext_lazy("Which"))
    outcome = words(gettext_lazy("What came of it"), rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owed = self.ticket.follow_ups.filter(done_at__isnull=True)
        self.fields["follow_up"].choices = [(str(one.pk), one.what[:80]) for one in owed]  # type: ignore[attr-defined]  # a ChoiceField

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        is_owed = ticket.follow_ups.filter(done_at__isnull=True).exists()
        return "" if is_owed else _("No follow-up is owed.")

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        if not given["follow_up"]:
            raise Invalid(_("Choose which one is done."), field="follow_up")
        complete_follow_up(self.ticket, follow_up=int(given["follow_up"]), outcome=given["outcome"], by=by, at=at)
        return _("Done, and kept.")
