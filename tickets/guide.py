"""The handbook's ticket policy as data: targets, routes, paths, criteria, categories, hold rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from financy_support.desk.audit.guide_row import GuideRow, Ref
from financy_support.desk.people.severity import Severity
from tickets.models import DeadlineKind, HoldReason, SlaMetric

HOUR, MINUTE, WEEK = timedelta(hours=1), timedelta(minutes=1), timedelta(weeks=1)

# Handbook 'sla_targets': critical, high, medium, low.
RESPONSE_TIME = (15 * MINUTE, 2 * HOUR, 8 * HOUR, 24 * HOUR)
RESOLUTION_TIME = (4 * HOUR, 24 * HOUR, 72 * HOUR, WEEK)

# Handbook 'tiers[].response_sla'.
TIER_RESPONSE_SLA = {
    1: (15 * MINUTE, 2 * HOUR, 8 * HOUR, 24 * HOUR),
    2: (30 * MINUTE, 4 * HOUR, 12 * HOUR, 48 * HOUR),
    3: (1 * HOUR, 8 * HOUR, 24 * HOUR, 72 * HOUR),
    4: (2 * HOUR, 12 * HOUR, 48 * HOUR, WEEK),
}

# Handbook 'automatic_escalation.time_based'.
TIME_BASED = {("tier_1_to_2", 1, 2): 4 * HOUR, ("tier_2_to_3", 2, 3): 8 * HOUR, ("tier_3_to_4", 3, 4): 24 * HOUR}

# Handbook 'automatic_escalation.severity_based'; medium and low start where customers are first met.
SEVERITY_BASED = {
    "critical": ("immediate_to_tier_3", 3, "engineering"),
    "high": ("immediate_to_tier_2", 2, "technical_support"),
    "security": ("immediate_to_security_team", 3, "security"),
    "medium": ("starts_in_tier_1", 1, "customer_support"),
    "low": ("starts_in_tier_1", 1, "customer_support"),
}

# Handbook 'manual_escalation.criteria'.
CRITERIA = (
    "Customer request for escalation",
    "Complex technical requirements",
    "Cross-team coordination needed",
    "Management visibility required",
)

# After a resolution that needs a follow-up, when nobody names the day (our own; the handbook leaves the schedule open).
FOLLOW_UP_AFTER = (24 * HOUR, 48 * HOUR, 72 * HOUR, WEEK)

# Handbook 'customer_satisfaction'.
SATISFACTION = {"target_score": Decimal("4.5"), "minimum_score": Decimal("4.0"), "survey_response_rate": 30}

# The desk's own: how long words in a chat may stay unread, a chat's log-in lasts, an agent stays available.
CHAT_RULE = {"mail_unread_after": 2 * MINUTE, "session_lasts": 8 * HOUR, "available_for": 8 * HOUR}

# Handbook 'issue_type', and a general one for what has no procedure.
ISSUE_TYPES = {
    "authentication_problems": "Authentication problems",
    "transaction_processing_errors": "Transaction processing errors",
    "general_inquiry": "General inquiry",
}

# Design §8, 24: code → issue type, team that takes it in tier 4 (§8, 26).
CATEGORIES = {
    "account": ("general_inquiry", "business_intelligence"),
    "billing": ("general_inquiry", "business_intelligence"),
    "authentication": ("authentication_problems", "security_engineering"),
    "transaction": ("transaction_processing_errors", "data_science"),
    "technical": ("general_inquiry", "infrastructure"),
    "api": ("general_inquiry", "infrastructure"),
    "data": ("transaction_processing_errors", "data_science"),
    "performance": ("general_inquiry", "infrastructure"),
    "feature_request": ("general_inquiry", "ai_ml"),
    "security": ("general_inquiry", "security_engineering"),
    "other": ("general_inquiry", "infrastructure"),
}

# Design §8, 17: what each kind of waiting pauses.
HOLDS = {
    HoldReason.CUSTOMER: (DeadlineKind.NEXT_RESPONSE, DeadlineKind.RESOLUTION, DeadlineKind.TIME_IN_TIER),
    HoldReason.VENDOR: (DeadlineKind.TIME_IN_TIER,),
    HoldReason.INCIDENT: (DeadlineKind.TIME_IN_TIER,),
}


def guide_rows() -> Iterator[GuideRow]:
    """Every row of the ticket policy."""
    yield from _targets()
    for (code, from_tier, to_tier), time_in_tier in TIME_BASED.items():
        yield GuideRow(
            "tickets.EscalationPath",
            {"code": code},
            {"from_tier": _tier(from_tier), "to_tier": _tier(to_tier), "time_in_tier": time_in_tier, "severities": []},
        )
    for applies_to, (rule, tier, team) in SEVERITY_BASED.items():
        yield GuideRow(
            "tickets.SeverityRoute",
            {"applies_to": applies_to},
            {"rule": rule, "tier": _tier(tier), "team": Ref("desk.Team", slug=team)},
        )
    for text in CRITERIA:
        yield GuideRow("tickets.EscalationCriterion", {"text": text})
    yield GuideRow("tickets.SatisfactionTarget", {"id": 1}, SATISFACTION)
    yield GuideRow("tickets.ChatRule", {"id": 1}, CHAT_RULE)
    for code, name in ISSUE_TYPES.items():
        yield GuideRow("tickets.IssueType", {"code": code}, {"name": name})
    for code, (issue_type, specialists) in CATEGORIES.items():
        yield GuideRow(
            "tickets.Category",
            {"code": code},
            {
                "name": code.replace("_", " ").capitalize() if code != "api" else "API",
                "issue_type": Ref("tickets.IssueType", code=issue_type),
                "is_security": code == "security",
                "specialist_team": Ref("desk.Team", slug=specialists),
            },
        )
    for reason, kinds in HOLDS.items():
        for kind in kinds:
            yield GuideRow("tickets.HoldRule", {"reason": reason, "deadline_kind": kind})


def _targets() -> Iterator[GuideRow]:
    tables = [
        (SlaMetric.FIRST_RESPONSE, None, RESPONSE_TIME),
        (SlaMetric.RESOLUTION, None, RESOLUTION_TIME),
        (SlaMetric.FOLLOW_UP, None, FOLLOW_UP_AFTER),
        *((SlaMetric.TIER_RESPONSE, tier, spans) for tier, spans in TIER_RESPONSE_SLA.items()),
    ]
    for metric, tier, spans in tables:
        for severity, target in zip(Severity.values, spans, strict=True):
            yield GuideRow(
                "tickets.SlaTarget",
                {"metric": metric, "severity": severity, "tier": _tier(tier) if tier else None},
                {"target": target},
            )


def _tier(number: int) -> Ref:
    return Ref("desk.SupportTier", number=number)
