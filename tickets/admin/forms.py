"""What all forms of the ticket page share: fields named as the verb's, refusals beside the field they are about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.compose import Unfilled
from financy_support.admin_base import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget
from financy_support.desk.errors import DeskError, Problem
from financy_support.desk.people.user import User
from tickets.files import LARGEST_FILE, MOST_FILES, SERVED_AS, Upload
from tickets.models import Ticket
from tickets.reply_guard import NeedsConfirmation

FACT = "fact_"


class VerbForm(forms.Form):
    """One verb as a form. Nothing is required here: the gate stands in the verb, whose refusal is shown.

    ``is_heard`` says that the customer gets words, so that the form offers a preview. Subclasses say :meth:`why_not`
    (why the verb would refuse in this state, else "") and :meth:`call` (the verb; returns what to tell the agent).
    """

    verb: ClassVar[str]
    title: ClassVar[Any]
    button: ClassVar[Any]
    icon: ClassVar[str]
    is_heard: ClassVar[bool] = False
    hint: ClassVar[Any] = ""

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        self.ticket, self.user = ticket, user
        self.doubts: list[Problem] = []
        self.confirmed: list[str] = []
        kwargs |= {"auto_id": f"id_{self.verb}_%s", "label_suffix": ""}
        super().__init__(*args, **kwargs)
        if self.is_heard and self.is_bound:
            self.confirmed = self.data.get("confirm", "").split()
            for name in self.data:
                if name.startswith(FACT):
                    self._ask_for(name.removeprefix(FACT))

    @classmethod
    def why_not(cls, ticket: Ticket, user: User) -> str:
        """Only a courtesy: the verb itself refuses as well."""
        raise NotImplementedError

    def call(self, *, by: User, at: datetime) -> str:
        """Call the verb in the caller's act. Raises DeskError."""
        raise NotImplementedError

    @property
    def reason_given(self) -> str:
        """The reason that joins the history."""
        return str(self.cleaned_data.get("why", ""))

    @property
    def how_sent(self) -> dict[str, Any]:
        """What a verb that speaks to the customer is told beside the words: what was read, confirmed and filled in."""
        seen = self.data.get("seen", "")
        facts = {
            name.removeprefix(FACT): text for name, text in self.cleaned_data.items() if name.startswith(FACT) and text
        }
        return {"seen": int(seen) if _is_id(seen) else 0, "confirm": self.confirmed, "facts": facts}

    @property
    def verbs_own(self) -> dict[str, Any]:
        """The typed fields that are the verb's parameters."""
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith(FACT)}

    @property
    def doubted(self) -> str:
        """The codes that “send anyway” confirms."""
        return " ".join(dict.fromkeys([*self.confirmed, *(one.code for one in self.doubts)]))

    def refuse(self, refusal: DeskError) -> None:
        """Put each problem beside its field, and what belongs to none on top.

        A doubt becomes a question; facts that a message lacks become fields to fill in.
        """
        if isinstance(refusal, NeedsConfirmation):
            self.doubts = refusal.problems
            return
        if isinstance(refusal, Unfilled) and self._ask_for_facts(refusal):
            return
        placed = False
        for problem in refusal.problems:
            if problem.field in self.fields:
                self.add_error(problem.field, problem.detail)
                placed = True
            elif problem.detail != refusal.detail:
                self.add_error(None, problem.detail)
        if not placed:
            self.add_error(None, refusal.detail)

    def _ask_for_facts(self, refusal: Unfilled) -> bool:
        """A field for each missing fact; False when something else is wrong, which only the template's editor mends."""
        if any(one.code != "empty" for one in refusal.problems):
            return False
        for one in refusal.problems:
            self._ask_for(one.field)
            self.add_error(FACT + one.field, _("The message needs it, and the desk does not have it."))
        self.add_error(None, _("Nothing was sent: fill in what is missing below, then send again."))
        return True

    def _ask_for(self, fact: str) -> None:
        if re.fullmatch(r"[a-z][a-z0-9_]{0,60}", fact):
            self.fields[FACT + fact] = line(
                fact.replace("_", " ").capitalize(), help_text=_("As the customer reads it.")
            )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def live_only(ticket: Ticket) -> str:
    """Why a verb for live tickets would refuse."""
    return "" if ticket.is_live else _("It is %s: reopen it before.") % ticket.get_status_display()


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; what is too large is refused before it is read."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        given: Sequence[UploadedFile] = [one for one in (data or []) if one]
        if len(given) > MOST_FILES:
            said = {"n": len(given), "most": MOST_FILES}
            raise forms.ValidationError(_("%(n)d files at once; %(most)d is the most.") % said)
        for file in given:
            if (file.size or 0) > LARGEST_FILE:
                raise forms.ValidationError(
                    _("“%(name)s” is larger than %(mb)d MB. Send a link instead; choose the other files again.")
                    % {"name": file.name, "mb": LARGEST_FILE // 1024**2}
                )
        return [Upload(file.name or "file", file.content_type or "", file.read()) for file in given]


def words(label: Any, *, rows: int = 3, help_text: Any = "", placeholder: Any = "") -> forms.CharField:
    """A box for words; the verb decides what is too few or too many."""
    attrs = {"rows": rows, "placeholder": placeholder}
    return forms.CharField(
        label=label, required=False, strip=False, help_text=help_text, widget=UnfoldAdminTextareaWidget(attrs=attrs)
    )


def line(label: Any, *, help_text: Any = "") -> forms.CharField:
    """One line of words."""
    return forms.CharField(label=label, required=False, help_text=help_text, widget=UnfoldAdminTextInputWidget())


def why() -> forms.CharField:
    """Why somebody does it, for the history."""
    return line(gettext_lazy("Why"), help_text=gettext_lazy("Joins the history; optional."))


def moment(label: Any, *, help_text: Any = "") -> forms.DateTimeField:
    """A day and a time, in the agent's zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "class": "desk-input"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget, help_text=help_text)


def choice(label: Any, choices: Any = (), *, help_text: Any = "", required: bool = False) -> forms.ChoiceField:
    """One of several."""
    return forms.ChoiceField(
        label=label, choices=choices, required=required, help_text=help_text, widget=UnfoldAdminSelectWidget()
    )


def files() -> FilesField:
    """Files to go with the words."""
    return FilesField(
        label=gettext_lazy("Files"),
        required=False,
        widget=FilesInput(attrs={"accept": ",".join(SERVED_AS), "class": "desk-files"}),
        help_text=_taken(),
    )


def _taken() -> Any:
    kinds = ", ".join(kind.partition("/")[2] for kind in SERVED_AS)
    return gettext_lazy("Up to %(n)d files of %(mb)d MB: %(kinds)s.") % {
        "n": MOST_FILES, "mb": LARGEST_FILE // 1024**2, "kinds": kinds
    }  # fmt: skip
