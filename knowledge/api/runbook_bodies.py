"""What the doors of runbooks take in; the verbs hold the rules of names, and so say them for every door alike."""

from __future__ import annotations

from rest_framework import serializers

from financy_support.api.people.serializers import TrueOrFalse
from financy_support.api.serializers import StrictSerializer
from knowledge.runbook_shape import LONGEST, MOST


def _words(name: str, **more: object) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST[name], allow_blank=True, required=False, **more)  # type: ignore[arg-type]


class StepBody(StrictSerializer):
    """One step; steps stand in their order."""

    key = _words("key", help_text="By which edges name it: small letters, digits, underscores.")
    number = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST["steps"], help_text="Its place, counted from 1; may be left out."
    )
    action = _words("action")
    commands = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST["command"]), required=False, max_length=MOST["commands"]
    )
    expected_outcome = _words("expected_outcome")
    waits_for_customer = TrueOrFalse(required=False, help_text="Success is the customer's answer.")
    success = _words("success", help_text="The key of a step, proceed_to_step_<number>, or an end.")
    failure = _words("failure", help_text="The same; of a step that waits, also after the third wait.")


class AutomaticBody(StrictSerializer):
    """When it escalates by itself."""

    code = _words("code", help_text="By which the desk notices that it is met.")
    text = _words("text")


class CriteriaBody(StrictSerializer):
    """When it escalates."""

    automatic = AutomaticBody(many=True, required=False, max_length=MOST["criteria"])  # type: ignore[call-arg]  # its list's
    manual = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST["text"]), required=False, max_length=MOST["criteria"]
    )


class WriteRunbook(StrictSerializer):
    """A new runbook: its first draft."""

    issue_type = serializers.SlugField(max_length=60, help_text="The code of an issue type of tickets.")
    title = serializers.CharField(max_length=LONGEST["title"])
    category = serializers.SlugField(max_length=50, help_text="The shelf whose experts approve it.")
    code = serializers.SlugField(max_length=80, required=False, help_text="The issue type's when left out.")


class EditRunbook(StrictSerializer):
    """What is to be otherwise; the rest stays, and a list is given as a whole."""

    title = _words("title")
    steps = StepBody(many=True, required=False, max_length=MOST["steps"])  # type: ignore[call-arg]  # its list's
    criteria = CriteriaBody(required=False)
    documentation = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST["field"]), required=False, max_length=MOST["documentation"]
    )
    template = _words("template", help_text="The purpose of the message of the resolution; empty: the usual one.")
    comment = _words("comment")
