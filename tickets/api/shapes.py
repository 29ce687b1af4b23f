"""The shapes of what is answered, for the API's description; tests hold the answers against them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity
from financy_support.desk.time.deadline import DeadlineState
from tickets.models import AppointmentStatus, DeadlineKind, Direction, EscalationKind, Status, Voice

STAFF_ONLY: dict[str, Any] = {"required": False, "help_text": "Staff only."}


class CallRow(serializers.Serializer[Any]):
    """One phone call; without a ticket it waits to be placed on one."""

    id = serializers.IntegerField()
    ticket = serializers.CharField(allow_null=True, help_text="Its reference.")
    direction = serializers.ChoiceField(Direction.choices)
    number = serializers.CharField(allow_blank=True)
    is_answered = serializers.BooleanField()
    duration = serializers.DurationField()
    notes = serializers.CharField(allow_blank=True)
    is_public = serializers.BooleanField(help_text="Whether the customer reads it.")
    source = serializers.CharField(  # type: ignore[assignment]  # a field, not DRF's parameter
        allow_null=True
    )
    created_at = serializers.DateTimeField()
    by = serializers.EmailField()


class VideoCallRow(serializers.Serializer[Any]):
    """One agreed video call."""

    id = serializers.IntegerField()
    ticket = serializers.CharField()
    agent = serializers.EmailField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    join_link = serializers.CharField()
    status = serializers.ChoiceField(AppointmentStatus.choices)
    uid = serializers.CharField(help_text="The same in every calendar.")
    sequence = serializers.IntegerField()


class TicketCustomer(serializers.Serializer[Any]):
    """Who asked."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField(**STAFF_ONLY)


class TicketRow(serializers.Serializer[Any]):
    """A ticket. Lists show the beginning of the description."""

    reference = serializers.CharField()
    subject = serializers.CharField()
    description = serializers.CharField()
    severity = serializers.ChoiceField(Severity.choices)
    category = serializers.CharField()
    issue_type = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)
    hold_reason = serializers.CharField(allow_blank=True)
    tier = serializers.IntegerField()
    team = serializers.CharField()
    assignee = serializers.CharField(allow_null=True, help_text="An e-mail to staff, a name to customers.")
    customer = TicketCustomer()
    language = serializers.ChoiceField(Language.choices)
    channel = serializers.CharField()
    cycle = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    first_responded_at = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    is_security = serializers.BooleanField(**STAFF_ONLY)
    opened_by = serializers.EmailField(**STAFF_ONLY)
    entered_tier_at = serializers.DateTimeField(**STAFF_ONLY)
    next_due_at = serializers.DateTimeField(allow_null=True, **STAFF_ONLY)
    next_due_kind = serializers.CharField(allow_blank=True, **STAFF_ONLY)
    next_warn_at = serializers.DateTimeField(allow_null=True, **STAFF_ONLY)
    last_word_by = serializers.CharField(allow_blank=True, **STAFF_ONLY)
    last_word_at = serializers.DateTimeField(allow_null=True, **STAFF_ONLY)
    source = serializers.CharField(  # type: ignore[assignment]  # a field, not DRF's parameter
        allow_null=True, **STAFF_ONLY
    )
    breached = serializers.BooleanField(**STAFF_ONLY)


class AttachmentRow(serializers.Serializer[Any]):
    """A file."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()
    reply = serializers.IntegerField()
    url = serializers.CharField()


class ReplyRow(serializers.Serializer[Any]):
    """Words on a ticket."""

    id = serializers.IntegerField()
    voice = serializers.ChoiceField(Voice.choices)
    channel = serializers.CharField()
    body = serializers.CharField()
    created_at = serializers.DateTimeField()
    author = serializers.CharField()
    attachments = AttachmentRow(many=True)
    is_internal = serializers.BooleanField(**STAFF_ONLY)
    author_email = serializers.EmailField(**STAFF_ONLY)


class ArticleOffer(serializers.Serializer[Any]):
    """An article that may answer."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    summary = serializers.CharField()
    url = serializers.URLField(help_text="Where customers read it.")


class ArticlesRow(serializers.Serializer[Any]):
    """What may answer a ticket."""

    results = ArticleOffer(many=True)


class DeadlineRow(serializers.Serializer[Any]):
    """A promise. Customers see those made to them: responses and resolution."""

    kind = serializers.ChoiceField(DeadlineKind.choices)
    state = serializers.ChoiceField(DeadlineState.choices)
    cycle = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="Null while paused.")
    met_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(allow_null=True)
    target_seconds = serializers.IntegerField()
    tier = serializers.IntegerField(allow_null=True, **STAFF_ONLY)
    policy_source = serializers.CharField(**STAFF_ONLY)
    warn_at = serializers.DateTimeField(allow_null=True, **STAFF_ONLY)
    remaining_seconds = serializers.IntegerField(allow_null=True, **STAFF_ONLY)
    cancelled_at = serializers.DateTimeField(allow_null=True, **STAFF_ONLY)
    cancel_reason = serializers.CharField(allow_blank=True, **STAFF_ONLY)


class ResolutionRow(serializers.Serializer[Any]):
    """What ended a cycle."""

    cycle = serializers.IntegerField()
    summary = serializers.CharField()
    actions_taken = serializers.CharField()
    prevention_measures = serializers.CharField()
    follow_up_required = serializers.BooleanField()
    follow_up = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class TicketDetail(TicketRow):
    """A ticket with its conversation and promises."""

    conversation = ReplyRow(many=True)
    deadlines = DeadlineRow(many=True)
    resolutions = ResolutionRow(many=True)


class EscalationRow(serializers.Serializer[Any]):
    """A hand-over. ``reason`` is for staff, as in the request; the customer heard ``customer_reason``."""

    id = serializers.IntegerField()
    from_tier = serializers.IntegerField()
    to_tier = serializers.IntegerField()
    to_team = serializers.CharField()
    customer_reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    kind = serializers.ChoiceField(EscalationKind.choices, **STAFF_ONLY)
    from_team = serializers.CharField(**STAFF_ONLY)
    trigger = serializers.CharField(**STAFF_ONLY)
    reason = serializers.CharField(**STAFF_ONLY)
    handoff = serializers.DictField(child=serializers.CharField(), **STAFF_ONLY)
    cycle = serializers.IntegerField(**STAFF_ONLY)
    by = serializers.EmailField(**STAFF_ONLY)


class ChangeOfValue(serializers.Serializer[Any]):
    """One column before and after."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class HistoryRow(serializers.Serializer[Any]):
    """One version of a ticket: who made it, through which door, why, and what it changed."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.EmailField()
    channel = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    request_id = serializers.CharField()
    changes = ChangeOfValue(many=True)


class RatingRow(serializers.Serializer[Any]):
    """A score of 1 to 5 for one cycle."""

    cycle = serializers.IntegerField()
    score = serializers.IntegerField()
    comment = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class FollowUpRow(serializers.Serializer[Any]):
    """What is owed after the resolution."""

    id = serializers.IntegerField()
    cycle = serializers.IntegerField()
    what = serializers.CharField()
    due_at = serializers.DateTimeField()
    owner = serializers.EmailField(allow_null=True)
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField(allow_blank=True)
