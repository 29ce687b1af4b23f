"""Pages of the back office whose form calls a verb: its gate, its refusals beside their fields, its row shown."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from financy_support.admin_base import DeskAdmin
from financy_support.desk.audit.acting import Act, current_act
from financy_support.desk.errors import DeskError


class VerbModelForm(forms.ModelForm):
    """A form whose last check is the verb itself, in the act that the page has opened.

    What the verb refuses stands beside its field and nothing is changed; what it takes is done. ``seen`` is the version
    that the page was opened with: a form never undoes what somebody else changed meanwhile.
    """

    def register(self, values: dict[str, Any], act: Act) -> Model:
        """Call the verb for a new row. Raises DeskError."""
        raise NotImplementedError

    def change(self, row: Any, values: dict[str, Any], act: Act) -> Model:
        """Call the verb with what differs from the page. Raises DeskError."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.instance.pk and self.data.get("seen") != str(self.instance.version):
            raise ValidationError(_("Somebody changed it in between. Open the page again, and change what is left."))
        return values

    def _post_clean(self) -> None:
        """In place of filling the row in and checking it: the verb does both."""
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.instance = self._call(current_act())
        except DeskError as refusal:
            self._refuse(refusal)

    def _call(self, act: Act) -> Model:
        if self.instance.pk:
            return self.change(self.instance, {name: self.cleaned_data[name] for name in self.changed_data}, act)
        return self.register(self.cleaned_data, act)

    def _refuse(self, refusal: DeskError) -> None:
        """Each problem beside its field, what belongs to none on top."""
        placed = [problem for problem in refusal.problems if problem.field in self.fields]
        for problem in placed:
            self.add_error(problem.field, problem.detail)
        if not placed:
            self.add_error(None, refusal.detail)


class VerbPage(DeskAdmin):
    """A page with such a form; the row is written when the form is found valid, and by nothing else."""

    change_form_after_template: Any = "admin/seen.html"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The verb has written it."""
