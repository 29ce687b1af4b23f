"""The ticket policy's forms: the handbook's rows, read by agents, written by administrators."""

from __future__ import annotations

from django.contrib import admin

from financy_support.admin_base import DeskAdmin, Who
from tickets.models import (
    Category,
    ChatRule,
    EscalationCriterion,
    EscalationPath,
    HoldRule,
    IssueType,
    SatisfactionTarget,
    SeverityRoute,
    SlaTarget,
)


class PolicyAdmin(DeskAdmin):
    """Rows of the guide; changing one starts a new edition and never rewrites a promise already made."""

    seen_by = Who.AGENTS
    written_by = Who.ADMINISTRATORS


@admin.register(SlaTarget)
class SlaTargetAdmin(PolicyAdmin):
    list_display = ("__str__", "metric", "severity", "tier", "target", "warn_percent", "calendar")
    list_filter = ("metric", "severity")
    list_select_related = ("tier", "calendar")


@admin.register(EscalationPath)
class EscalationPathAdmin(PolicyAdmin):
    list_display = ("code", "from_tier", "to_tier", "time_in_tier")
    list_select_related = ("from_tier", "to_tier")


@admin.register(SeverityRoute)
class SeverityRouteAdmin(PolicyAdmin):
    list_display = ("applies_to", "rule", "tier", "team")
    list_select_related = ("tier", "team")


@admin.register(EscalationCriterion)
class EscalationCriterionAdmin(PolicyAdmin):
    list_display = ("text",)


@admin.register(SatisfactionTarget)
class SatisfactionTargetAdmin(PolicyAdmin):
    list_display = ("__str__", "target_score", "minimum_score", "survey_response_rate")


@admin.register(ChatRule)
class ChatRuleAdmin(PolicyAdmin):
    list_display = ("__str__", "mail_unread_after", "session_lasts", "available_for")


@admin.register(HoldRule)
class HoldRuleAdmin(PolicyAdmin):
    """A rule taken away means that the promise runs on through that kind of waiting."""

    list_display = ("reason", "deadline_kind")
    is_deletable = True


@admin.register(Category)
class CategoryAdmin(PolicyAdmin):
    list_display = ("name", "code", "issue_type", "is_security", "specialist_team")
    list_select_related = ("issue_type", "specialist_team")
    search_fields = ("name", "code")


@admin.register(IssueType)
class IssueTypeAdmin(PolicyAdmin):
    list_display = ("name", "code")
