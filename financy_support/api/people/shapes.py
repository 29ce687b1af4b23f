"""The shapes of customers and organisations, for the API's description; tests hold the answers against them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from financy_support.desk.people.language import Language


class OrganisationRow(serializers.Serializer[Any]):
    """A customer's firm."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    shares_tickets = serializers.BooleanField(help_text="Its people see the public side of each other's tickets.")


class CustomerRow(serializers.Serializer[Any]):
    """Somebody who asks."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    phone = serializers.CharField(allow_blank=True)
    organisation = serializers.IntegerField(allow_null=True)
    language = serializers.ChoiceField(Language.choices)
    time_zone = serializers.CharField()
    preferred_channel = serializers.CharField()
