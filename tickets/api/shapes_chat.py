"""The shapes of what is answered about chats, for the API's description; tests hold the answers against them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tickets.models import Status, Voice

SAID_BY = [*Voice.values, "desk"]  # the desk itself: notices


class ChatLogInRow(serializers.Serializer[Any]):
    """A chat log-in, shown once."""

    token = serializers.CharField(help_text="For `Authorization: Bearer`; opens `chat/` and nothing else.")
    expires_at = serializers.DateTimeField()


class ChatLine(serializers.Serializer[Any]):
    """One line: a reply of either side, or a notice of the desk."""

    kind = serializers.ChoiceField([("reply", "reply"), ("notice", "notice")])
    id = serializers.IntegerField(help_text="Unique among lines of its kind.")
    voice = serializers.CharField(help_text=f"One of {', '.join(SAID_BY)}.")
    author = serializers.CharField(allow_blank=True)
    body = serializers.CharField()
    created_at = serializers.DateTimeField()


class ChatConversation(serializers.Serializer[Any]):
    """A customer's chat as it stands; without a ticket nothing was said yet."""

    reference = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(Status.choices, allow_null=True)
    lines = ChatLine(many=True)
    place = serializers.CharField(help_text="Where the stream goes on: its `after`.")
    read = serializers.DictField(child=serializers.IntegerField(), help_text="Side → id of the last reply it read.")
    here = serializers.ListField(child=serializers.CharField(), help_text="Who looks at it now.")
    available = serializers.BooleanField(help_text="Whether an agent takes chats now.")


class ReadMarkRow(serializers.Serializer[Any]):
    """Up to where one side has read."""

    voice = serializers.ChoiceField(Voice.choices)
    up_to = serializers.IntegerField()
    at = serializers.DateTimeField()


class StreamRow(serializers.Serializer[Any]):
    """Where to listen: server-sent events `line`, `typing`, `read`, `here`, `ticket`, `bye`; ids are places."""

    url = serializers.CharField(help_text="For EventSource; add `&after=` and a place to go on from there.")
    expires_in = serializers.IntegerField(help_text="Seconds in which the stream must be opened.")


class TypingRow(serializers.Serializer[Any]):
    """That it was passed on."""

    typing = serializers.BooleanField()


class AvailabilityRow(serializers.Serializer[Any]):
    """Who takes chats."""

    available = serializers.BooleanField(help_text="The asker.")
    available_until = serializers.DateTimeField(allow_null=True)
    somebody_is = serializers.BooleanField(help_text="Any agent.")
