"""The forms by which an agent speaks: reply, progress update, internal note, resolution."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.admin_base import UnfoldBooleanSwitchWidget
from financy_support.desk.errors import Invalid
from financy_support.desk.people.user import User
from tickets.admin.forms import VerbForm, files, live_only, moment, words
from tickets.models import Status, Ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.update_progress import send_progress_update


class Reply(VerbForm):
    """Answer the customer."""

    verb, title, icon = "reply", gettext_lazy("Reply to the customer"), "reply"
    button: ClassVar[Any] = gettext_lazy("Send reply")
    is_heard = True
    body = words(
        gettext_lazy("Your words"), rows=6, help_text=gettext_lazy("Greeting and signature come with the template.")
    )
    attachments = files()

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return _("It is closed: reopen it before.") if ticket.status == Status.CLOSED else ""

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        reply_to_ticket(self.ticket, body=given["body"], uploads=given["attachments"], **self.how_sent, by=by, at=at)
        return _("Your reply is on its way to %s.") % self.ticket.customer


class Progress(VerbForm):
    """Say how far it is."""

    verb, title, icon = "progress", gettext_lazy("Progress update"), "update"
    button: ClassVar[Any] = gettext_lazy("Send update")
    is_heard = True
    details = words(gettext_lazy("Where it stands"))
    next_steps = words(gettext_lazy("What comes next"), rows=2)
    estimated_resolution = moment(
        gettext_lazy("Solved by, as far as known"),
        help_text=gettext_lazy("In your time zone; the customer reads it in theirs."),
    )
    next_update_at = moment(
        gettext_lazy("Next update by"),
        help_text=gettext_lazy("Optional. A promise: past it the desk begins the next update for you to complete."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The update that the desk has begun stands here for a person to complete."""
        super().__init__(*args, **kwargs)
        self.draft = self.ticket.update_drafts.filter(done_at__isnull=True).first()
        if self.draft:
            self.fields["details"].initial = self.draft.details
            self.fields["next_steps"].initial = self.draft.next_steps

    @property
    def begun(self) -> str:
        """Why there are words in it already."""
        if self.draft is None:
            return ""
        when = date_format(localtime(self.draft.promised_at), "j M H:i")
        return _("You promised this update for %s. The desk has begun it: say what is new, then send it.") % when

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        estimate = given["estimated_resolution"]
        if estimate is None:
            raise Invalid(_("Give a day and a time: the customer plans with it."), field="estimated_resolution")
        send_progress_update(
            self.ticket,
            details=given["details"],
            next_steps=given["next_steps"],
            estimated_resolution=estimate,
            next_update_at=given["next_update_at"],
            **self.how_sent,
            by=by,
            at=at,
        )
        return _("The update is on its way to %s.") % self.ticket.customer


class Note(VerbForm):
    """Words for staff only."""

    verb, title, icon = "note", gettext_lazy("Internal note"), "sticky_note_2"
    button: ClassVar[Any] = gettext_lazy("Add note")
    body = words(gettext_lazy("Note for the team"), rows=5, help_text=gettext_lazy("The customer never sees it."))
    attachments = files()

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return ""

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        note_ticket(self.ticket, body=given["body"], uploads=given["attachments"], by=by, at=at)
        return _("Your note is kept. The customer does not see it.")


class Resolve(VerbForm):
    """End it, in words for the customer."""

    verb, title, icon = "resolve", gettext_lazy("Resolve"), "task_alt"
    button: ClassVar[Any] = gettext_lazy("Resolve")
    is_heard = True
    hint: ClassVar[Any] = gettext_lazy("The customer reads all of it: write in their language.")
    summary = words(gettext_lazy("What it was"), rows=2)
    actions_taken = words(gettext_lazy("What was done"), rows=3)
    prevention_measures = words(gettext_lazy("So that it does not come back"), rows=2)
    follow_up_required = forms.BooleanField(
        label=gettext_lazy("A follow-up is needed"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    follow_up = words(gettext_lazy("Follow-up"), rows=2)
    follow_up_schedule = moment(
        gettext_lazy("Follow up by"), help_text=gettext_lazy("Left empty: as the policy says for this severity.")
    )

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        resolve_ticket(self.ticket, **self.verbs_own, **self.how_sent, by=by, at=at)
        return _("Resolved. %s is told in your words.") % self.ticket.customer
