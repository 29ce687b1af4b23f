"""The forms that stop and start a ticket: hold, resume, reopen, close."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.desk.people.user import User
from tickets.admin.forms import VerbForm, choice, live_only, why, words
from tickets.models import HoldReason, Status, Ticket
from tickets.workflow.close import close_ticket
from tickets.workflow.hold import hold_ticket, resume_ticket
from tickets.workflow.reopen import reopen_ticket


class Hold(VerbForm):
    """Stop the clocks that this waiting stops."""

    verb, title, icon = "hold", gettext_lazy("Put on hold"), "pause_circle"
    button: ClassVar[Any] = gettext_lazy("Put on hold")
    hint: ClassVar[Any] = gettext_lazy("The hold rules say which promises pause; the others run on.")
    reason = choice(gettext_lazy("Waiting on"), HoldReason.choices)
    why = why()

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        if ticket.status == Status.ON_HOLD:
            return _("It is on hold already: resume it before.")
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        changed = hold_ticket(self.ticket, reason=self.cleaned_data["reason"], by=by, at=at)
        return _("On hold: %s.") % changed.get_hold_reason_display()


class Resume(VerbForm):
    """Start the clocks again."""

    verb, title, icon = "resume", gettext_lazy("Resume"), "play_circle"
    button: ClassVar[Any] = gettext_lazy("Resume")
    hint: ClassVar[Any] = gettext_lazy("Every paused promise runs on with the time it had left.")
    why = why()

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return "" if ticket.status == Status.ON_HOLD else _("It is not on hold.")

    def call(self, *, by: User, at: datetime) -> str:
        resume_ticket(self.ticket, by=by, at=at)
        return _("The clocks run again.")


class Reopen(VerbForm):
    """Take it up again."""

    verb, title, icon = "reopen", gettext_lazy("Reopen"), "restart_alt"
    button: ClassVar[Any] = gettext_lazy("Reopen")
    hint: ClassVar[Any] = gettext_lazy("A new cycle with promises of its own; the old one keeps its facts.")
    reason = words(gettext_lazy("Reason"), rows=2, help_text=gettext_lazy("Joins the history."))

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return _("It is %s: there is nothing to reopen.") % ticket.get_status_display() if ticket.is_live else ""

    def call(self, *, by: User, at: datetime) -> str:
        reopen_ticket(self.ticket, reason=self.cleaned_data["reason"], by=by, at=at)
        return _("Open again, with new promises.")


class Close(VerbForm):
    """The story is over."""

    verb, title, icon = "close", gettext_lazy("Close"), "lock"
    button: ClassVar[Any] = gettext_lazy("Close")
    hint: ClassVar[Any] = gettext_lazy("Words that the customer writes after this start a new ticket.")
    why = why()

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        if ticket.status == Status.RESOLVED:
            return ""
        is_closed = ticket.status == Status.CLOSED
        return _("It is closed.") if is_closed else _("Only a resolved ticket is closed: resolve it before.")

    def call(self, *, by: User, at: datetime) -> str:
        close_ticket(self.ticket, by=by, at=at)
        return _("Closed.")
