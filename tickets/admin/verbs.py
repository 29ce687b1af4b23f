"""The verbs of the ticket page as forms: each asks what its verb asks, calls it, and says what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from financy_support.admin_base import UnfoldBooleanSwitchWidget
from financy_support.desk.errors import Invalid
from financy_support.desk.people.severity import Severity
from financy_support.desk.people.user import User, UserKind
from tickets.admin.forms import VerbForm, choice, files, why, words
from tickets.models import HoldReason, Status, Ticket
from tickets.policy import policy
from tickets.workflow.assign import assign_ticket
from tickets.workflow.change_category import change_category
from tickets.workflow.change_severity import change_severity
from tickets.workflow.close import close_ticket
from tickets.workflow.escalate import HIGHEST_TIER, escalate_ticket
from tickets.workflow.hold import hold_ticket, resume_ticket
from tickets.workflow.note import note_ticket
from tickets.workflow.reopen import reopen_ticket
from tickets.workflow.reply import reply_to_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.update_progress import send_progress_update


def live_only(ticket: Ticket) -> str:
    """Why a verb for live tickets would refuse."""
    return "" if ticket.is_live else _("It is %s: reopen it before.") % ticket.get_status_display()


class Reply(VerbForm):
    """Answer the customer."""

    verb, title, icon = "reply", gettext_lazy("Reply to the customer"), "reply"
    button: ClassVar[Any] = gettext_lazy("Send reply")
    is_heard = True
    body = words(gettext_lazy("Your words"), rows=6, help_text=gettext_lazy("Greeting and signature come with the template."))
    attachments = files()

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return _("It is closed: reopen it before.") if ticket.status == Status.CLOSED else ""

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        reply_to_ticket(self.ticket, body=given["body"], uploads=given["attachments"], by=by, at=at)
        return _("Your reply is on its way to %s.") % self.ticket.customer


class Progress(VerbForm):
    """Say how far it is."""

    verb, title, icon = "progress", gettext_lazy("Progress update"), "update"
    button: ClassVar[Any] = gettext_lazy("Send update")
    is_heard = True
    details = words(gettext_lazy("Where it stands"))
    next_steps = words(gettext_lazy("What comes next"), rows=2)
    estimated_resolution = forms.DateTimeField(
        label=gettext_lazy("Solved by, as far as known"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "desk-input"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("In your time zone; the customer reads it in theirs."),
    )

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        estimate = given["estimated_resolution"]
        if estimate is None:
            raise Invalid(_("Give a day and a time: the customer plans with it."), field="estimated_resolution")
        send_progress_update(
            self.ticket, details=given["details"], next_steps=given["next_steps"], estimated_resolution=estimate, by=by, at=at
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


class Assign(VerbForm):
    """Who works on it."""

    verb, title, icon = "assign", gettext_lazy("Assign"), "person_add"
    button: ClassVar[Any] = gettext_lazy("Assign")
    assignee = choice(gettext_lazy("To"))
    why = why()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", _("Nobody")), *self._fitting()]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["assignee"].initial = self.ticket.assignee_id or self.user.pk

    def _fitting(self) -> list[tuple[str, str]]:
        """Agents whom the verb would take, me first; the verb checks again."""
        in_team = Q(memberships__team=self.ticket.team_id) | Q(is_superuser=True)
        fits = in_team if self.ticket.is_security else in_team | Q(kind=UserKind.AGENT, tier__gte=self.ticket.tier_id)
        agents = User.objects.filter(fits, is_active=True).distinct().order_by("tier", "name", "pk")
        rows = [(str(one.pk), f"{one} · {_('tier %s') % one.tier_id}" if one.tier_id else str(one)) for one in agents]
        return sorted(rows, key=lambda row: row[0] != str(self.user.pk))

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        chosen = self.cleaned_data["assignee"]
        to = User.objects.get(pk=chosen) if chosen else None
        assign_ticket(self.ticket, to=to, by=by, at=at)
        return _("Assigned to %s.") % to if to else _("Nobody works on it now.")


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


class ChangeSeverity(VerbForm):
    """Promise anew."""

    verb, title, icon = "severity", gettext_lazy("Change severity"), "priority_high"
    button: ClassVar[Any] = gettext_lazy("Change severity")
    hint: ClassVar[Any] = gettext_lazy("Promises are made anew and keep the time that was used. Raising it routes at once.")
    severity = choice(gettext_lazy("Severity"), Severity.choices)
    reason = words(gettext_lazy("Reason"), rows=2, help_text=gettext_lazy("Joins the history."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["severity"].initial = self.ticket.severity

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        change_severity(self.ticket, severity=given["severity"], reason=given["reason"], by=by, at=at)
        return _("Severity is %s now.") % given["severity"]


class ChangeCategory(VerbForm):
    """What it is about after all."""

    verb, title, icon = "category", gettext_lazy("Change category"), "category"
    button: ClassVar[Any] = gettext_lazy("Change category")
    hint: ClassVar[Any] = gettext_lazy("“Security” hands it to the Security team at once, and hides it from the others.")
    category = choice(gettext_lazy("Category"))
    why = why()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = sorted(policy().categories.values(), key=lambda row: row.name)
        self.fields["category"].choices = [(row.code, row.name) for row in rows]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["category"].initial = self.ticket.category.code

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        changed = change_category(self.ticket, category=self.cleaned_data["category"], by=by, at=at)
        return _("Category is %s now.") % changed.category


class Escalate(VerbForm):
    """Hand it to more skill."""

    verb, title, icon = "escalate", gettext_lazy("Escalate"), "trending_up"
    button: ClassVar[Any] = gettext_lazy("Escalate")
    is_heard = True
    trigger = choice(gettext_lazy("Trigger that was met"))
    to_tier = choice(gettext_lazy("To tier"))
    team = choice(gettext_lazy("Team"))
    reason = words(gettext_lazy("Reason, for staff"), rows=2)
    handoff = words(
        gettext_lazy("Handoff"),
        rows=4,
        help_text=gettext_lazy("One item a line, “Item: what you know”. It is frozen with the escalation."),
        placeholder=gettext_lazy("Tried so far: …"),
    )
    customer_reason = words(
        gettext_lazy("Reason, as the customer hears it"),
        rows=2,
        help_text=gettext_lazy("In the customer's language; a general sentence when empty."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules, tier = policy(), self.ticket.tier_id
        higher = [number for number in sorted(rules.tiers) if number > tier] or [HIGHEST_TIER]
        teams = [team for team in rules.teams.values() if team.tier_id >= min(higher) and team.pk != self.ticket.team_id]
        teams.sort(key=lambda team: (team.tier_id, team.name))
        self._offer("trigger", [(one, one) for one in rules.triggers_in(tier)])
        self._offer("to_tier", [(str(one), str(rules.tiers[one])) for one in higher])
        tier_4 = tier == HIGHEST_TIER
        usual = [] if tier_4 else [("", _("The one that usually takes it"))]
        self._offer("team", [*usual, *((team.slug, f"{team} · {_('tier %s') % team.tier_id}") for team in teams)])

    def _offer(self, field: str, choices: list[tuple[str, str]]) -> None:
        self.fields[field].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        given = self.cleaned_data
        escalation = escalate_ticket(
            self.ticket,
            to_tier=int(given["to_tier"]) if given["to_tier"] else None,
            team=given["team"],
            reason=given["reason"],
            trigger=given["trigger"],
            customer_reason=given["customer_reason"],
            handoff=items_of(given["handoff"]),
            by=by,
            at=at,
        )
        return _("Handed to %(team)s in tier %(tier)s.") % {"team": escalation.to_team, "tier": escalation.to_tier_id}


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

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        return live_only(ticket)

    def call(self, *, by: User, at: datetime) -> str:
        resolve_ticket(self.ticket, **self.cleaned_data, by=by, at=at)
        return _("Resolved. %s is told in your words.") % self.ticket.customer


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
        return _("It is closed.") if ticket.status == Status.CLOSED else _("Only a resolved ticket is closed: resolve it before.")

    def call(self, *, by: User, at: datetime) -> str:
        close_ticket(self.ticket, by=by, at=at)
        return _("Closed.")


WORDS: tuple[type[VerbForm], ...] = (Reply, Progress, Note)
ACTS: tuple[type[VerbForm], ...] = (
    Assign, Escalate, Hold, Resume, Resolve, ChangeSeverity, ChangeCategory, Reopen, Close,
)  # fmt: skip
FORMS: dict[str, type[VerbForm]] = {form.verb: form for form in (*WORDS, *ACTS)}


def items_of(text: str) -> dict[str, str]:
    """“Item: words” a line; lines without an item go on with the one before, or stand under “Notes”."""
    items: dict[str, str] = {}
    item = _("Notes")
    for written in text.splitlines():
        head, colon, rest = written.partition(":")
        if colon and rest.strip() and 0 < len(head.strip()) <= 80 and "/" not in head:
            item, written = head.strip(), rest
        items[item] = f"{items.get(item, '')}\n{written.strip()}".strip()
    return {name: words for name, words in items.items() if words}
