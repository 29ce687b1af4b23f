"""Tiers, teams, who belongs to them, and who is on call."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import DateTimeRangeField, RangeWidget
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from financy_support.admin_base import DeskAdmin, DeskInline, Who
from financy_support.admin_history import said
from financy_support.desk.models import OnCallShift, ResponseRole, SupportTier, Team, TeamMembership


@admin.register(SupportTier)
class SupportTierAdmin(DeskAdmin):
    seen_by = Who.AGENTS
    written_by = Who.ADMINISTRATORS
    list_display = ("number", "name", "slug")


class MemberInline(DeskInline):
    """Shown only: somebody joins or leaves a team on their own page."""

    model = TeamMembership
    seen_by = Who.AGENTS
    fields = ("person", "is_lead")
    readonly_fields: ClassVar[Any] = fields
    verbose_name_plural = gettext_lazy("members (changed on each person's page)")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("person", "team")


@admin.register(Team)
class TeamAdmin(DeskAdmin):
    seen_by = Who.AGENTS
    written_by = Who.ADMINISTRATORS
    list_display = ("name", "slug", "tier", "is_default", "is_security")
    list_select_related = ("tier",)
    inlines: ClassVar[Any] = [MemberInline]


@admin.register(ResponseRole)
class ResponseRoleAdmin(DeskAdmin):
    seen_by = Who.AGENTS
    written_by = Who.ADMINISTRATORS
    list_display = ("name", "slug", "kind")


class MomentInput(forms.DateTimeInput):
    """The browser's own picker, in the administrator's zone."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "datetime-local", "class": "desk-input"}, format="%Y-%m-%dT%H:%M")


class ShiftForm(forms.ModelForm):
    period = DateTimeRangeField(
        label=gettext_lazy("Period"),
        widget=RangeWidget(MomentInput()),
        help_text=gettext_lazy("From (included) until (excluded), in your time zone."),
    )

    class Meta:
        model = OnCallShift
        fields = ("role", "rank", "person", "period")


@admin.register(OnCallShift)
class OnCallShiftAdmin(DeskAdmin):
    """Two people never hold one rank of a role at once; the database sees to it."""

    seen_by = Who.AGENTS
    written_by = Who.ADMINISTRATORS
    is_deletable = True
    form = ShiftForm
    list_display = ("role", "rank", "person", "starts", "ends")
    list_select_related = ("role", "person")
    list_filter = ("rank",)
    autocomplete_fields = ("person",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).order_by("-period", "pk")

    @admin.display(description=gettext_lazy("From"))
    def starts(self, shift: OnCallShift) -> str:
        return said(shift.period.lower)

    @admin.display(description=gettext_lazy("Until"))
    def ends(self, shift: OnCallShift) -> str:
        return said(shift.period.upper)
