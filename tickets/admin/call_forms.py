"""The form by which an agent logs a phone call on a ticket."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.admin_base import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget
from financy_support.desk.people.user import User
from tickets.admin.forms import VerbForm, choice, line, words
from tickets.models import Direction, Status, Ticket
from tickets.workflow.log_call import log_call


class LogCall(VerbForm):
    """Write down a call."""

    verb, title, icon = "log_call", gettext_lazy("Phone call"), "call"
    button: ClassVar[Any] = gettext_lazy("Log the call")
    hint: ClassVar[Any] = gettext_lazy("A missed call of theirs promises a call back within the phone's hours.")
    direction = choice(gettext_lazy("Who called"), Direction.choices)
    number = line(gettext_lazy("Number"), help_text=gettext_lazy("Empty when withheld."))
    is_answered = forms.BooleanField(
        label=gettext_lazy("Answered"), required=False, initial=True, widget=UnfoldBooleanSwitchWidget()
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        required=False,
        min_value=0,
        max_value=24 * 60,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )
    notes = words(gettext_lazy("What was said"))
    is_public = forms.BooleanField(
        label=gettext_lazy("The customer may read it"), required=False, initial=True, widget=UnfoldBooleanSwitchWidget()
    )

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return _("It is closed: open a new ticket.") if ticket.status == Status.CLOSED else ""

    def call(self, *, by: User, at: datetime) -> str:
        given = dict(self.cleaned_data)
        given["duration"] = timedelta(minutes=given.pop("minutes") or 0)
        log_call(self.ticket, **given, confirm=self.confirmed, by=by, at=at)
        return _("The call is in the conversation.")
