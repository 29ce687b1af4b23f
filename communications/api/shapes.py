"""The shapes of what is answered about messages, for the API's description; tests hold the answers against them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from communications.models import DeliveryState, Priority
from financy_support.desk.people.language import Language

STAFF_ONLY: dict[str, Any] = {"required": False, "help_text": "Staff only."}


class DeliveryRow(serializers.Serializer[Any]):
    """One way a message goes."""

    kind = serializers.CharField()
    address = serializers.CharField()
    gate = serializers.CharField(allow_blank=True)
    priority = serializers.ChoiceField(Priority.choices)
    state = serializers.ChoiceField(DeliveryState.choices)
    due_at = serializers.DateTimeField()
    attempts = serializers.IntegerField()
    waiting_reason = serializers.CharField(allow_blank=True)
    last_error = serializers.CharField(allow_blank=True)
    provider_id = serializers.CharField(allow_blank=True)
    settled_at = serializers.DateTimeField(allow_null=True)


class MessageRow(serializers.Serializer[Any]):
    """One thing said to one person or place. What customers never get is marked."""

    id = serializers.IntegerField()
    purpose = serializers.CharField()
    about = serializers.CharField()
    language = serializers.ChoiceField(Language.choices)
    channel = serializers.CharField()
    subject = serializers.CharField()
    body = serializers.CharField()
    is_automatic = serializers.BooleanField()
    update_type = serializers.CharField(allow_blank=True)
    expected_response_time = serializers.DurationField(allow_null=True)
    created_at = serializers.DateTimeField()
    severity = serializers.CharField(allow_blank=True, **STAFF_ONLY)
    priority = serializers.CharField(allow_blank=True, **STAFF_ONLY)
    escalation_level = serializers.CharField(allow_blank=True, **STAFF_ONLY)
    channel_reason = serializers.CharField(allow_blank=True, **STAFF_ONLY)
    message_id = serializers.CharField(**STAFF_ONLY)
    customer = serializers.IntegerField(allow_null=True, **STAFF_ONLY)
    person = serializers.EmailField(allow_null=True, **STAFF_ONLY)
    destination = serializers.CharField(allow_null=True, **STAFF_ONLY)
    by = serializers.EmailField(**STAFF_ONLY)
    deliveries = DeliveryRow(many=True, **STAFF_ONLY)


class KeptMail(serializers.Serializer[Any]):
    """A mail that was handed in."""

    mail = serializers.IntegerField(help_text="Its number, the same for the same mail.")
    sha256 = serializers.CharField()
