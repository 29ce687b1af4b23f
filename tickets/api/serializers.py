"""What may be said to tickets, field by field; the rules about values stand in the verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from financy_support.api.serializers import StrictSerializer, refuse_absurd
from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity
from tickets.models import Direction, HoldReason
from tickets.reply_guard import DOUBTS
from tickets.workflow.open import LONGEST_BODY, LONGEST_SUBJECT

LONGEST_REASON = 5000


def words(longest: int, **options: Any) -> serializers.CharField:
    """A text of 1 to ``longest`` characters."""
    return serializers.CharField(max_length=longest, **options)


class OpenTicket(StrictSerializer):
    """A question. Customers ask in their own name; staff and tools name the customer."""

    customer = serializers.CharField(max_length=254, required=False, help_text="Id or e-mail; left out by customers.")
    subject = words(LONGEST_SUBJECT)
    description = words(LONGEST_BODY)
    category = serializers.SlugField(max_length=40, default="other")
    severity = serializers.ChoiceField(Severity.choices, default=Severity.MEDIUM)
    channel = serializers.SlugField(max_length=50, default="email_support", help_text="The channel it came in by.")
    language = serializers.ChoiceField(Language.choices, default="", help_text="The customer's when left out.")


class ChangeTicket(StrictSerializer):
    """What may be corrected about a ticket without a story; the rest has verbs of its own."""

    category = serializers.SlugField(max_length=40)


class Say(StrictSerializer):
    """An internal note."""

    body = words(LONGEST_BODY)


def confirm() -> serializers.ListField:
    """Doubts of the reply guard that the sender has looked at (problem “needs_confirmation” names them)."""
    help_text = "Codes of a needs_confirmation that you mean to send in spite of."
    return serializers.ListField(
        child=serializers.ChoiceField(DOUBTS), max_length=len(DOUBTS), default=list, help_text=help_text
    )


def facts() -> serializers.DictField:
    """What the message's template asks for and the desk does not have (problem “unfilled_placeholder” names it)."""
    return serializers.DictField(child=words(5000), default=dict, help_text="Missing facts by name.")


def seen() -> serializers.IntegerField:
    """What the writer has read."""
    help_text = "Id of the newest reply you saw; left out: asked about when several wait for an answer."
    return serializers.IntegerField(min_value=0, max_value=2**63 - 1, required=False, help_text=help_text)


class SayInPublic(Say):
    """A public reply."""

    seen = seen()
    confirm = confirm()
    facts = facts()


class Attach(StrictSerializer):
    """Files with words (multipart): a public reply, or an internal note of staff."""

    file = serializers.ListField(
        child=serializers.FileField(), min_length=1, help_text="1 to 10 files of at most 10 MiB."
    )
    body = words(LONGEST_BODY, required=False, help_text="Left out: the names of the files.")
    is_internal = serializers.BooleanField(default=False)
    seen = seen()
    confirm = confirm()


class Assign(StrictSerializer):
    """Whom to give it to."""

    assignee = serializers.EmailField(
        allow_null=True, help_text="An agent's e-mail; null takes it off everybody's list."
    )


class Hold(StrictSerializer):
    """What is waited on."""

    reason = serializers.ChoiceField(HoldReason.choices)


class Nothing(StrictSerializer):
    """An empty body."""


class ChangeSeverity(StrictSerializer):
    """How bad it is after all, and why."""

    severity = serializers.ChoiceField(Severity.choices)
    reason = words(2000)


class Escalate(StrictSerializer):
    """A hand-over to more skill."""

    to_tier = serializers.IntegerField(min_value=2, max_value=4, required=False, help_text="Left out: the next one.")
    team = serializers.SlugField(max_length=50, default="", allow_blank=True, help_text="A team of that tier.")
    reason = words(LONGEST_REASON, help_text="For staff only.")
    trigger = words(200, help_text="Which trigger of the tier or criterion was met, word for word.")
    customer_reason = words(LONGEST_REASON, default="", allow_blank=True, help_text="What the customer hears.")
    handoff = serializers.DictField(child=words(20_000), default=dict, help_text="What goes along: item → text.")
    confirm = confirm()
    facts = facts()


class SendProgress(StrictSerializer):
    """How far it is (handbook 'sendProgressUpdate')."""

    details = words(20_000)
    next_steps = words(20_000)
    estimated_resolution = serializers.DateTimeField(validators=[refuse_absurd])
    next_update_at = serializers.DateTimeField(
        validators=[refuse_absurd], default=None, allow_null=True, help_text="When they hear again: a promise."
    )
    seen = seen()
    confirm = confirm()
    facts = facts()


class LogCall(StrictSerializer):
    """One phone call with the customer."""

    direction = serializers.ChoiceField(Direction.choices)
    number = serializers.CharField(max_length=32, default="", allow_blank=True, help_text="Left out: withheld.")
    is_answered = serializers.BooleanField()
    duration = serializers.DurationField(default=timedelta, help_text="Seconds, or HH:MM:SS; 0 when not answered.")
    notes = words(LONGEST_BODY - 200, default="", allow_blank=True)
    agent = serializers.EmailField(required=False, help_text="Who spoke, when a phone system tells of it.")
    source = serializers.CharField(  # type: ignore[assignment]  # a field, not DRF's parameter
        max_length=120, required=False, help_text="The phone system's own id; the same one logs nothing twice."
    )
    confirm = confirm()


class LogCallOnTicket(LogCall):
    """A call that is known to be about this ticket."""

    is_public = serializers.BooleanField(default=True, help_text="Whether the customer may read the notes.")


class VideoSpan(StrictSerializer):
    """When."""

    starts_at = serializers.DateTimeField(validators=[refuse_absurd])
    ends_at = serializers.DateTimeField(validators=[refuse_absurd])


class ScheduleVideoCall(VideoSpan):
    """A video call that was agreed on."""

    agent = serializers.EmailField(required=False, help_text="Who holds it; left out: who asks.")
    join_link = serializers.CharField(max_length=500, help_text="The https address by which one joins.")


class CancelVideoCall(StrictSerializer):
    """Why it is called off, for the history."""

    reason = words(150)


class FinishVideoCall(StrictSerializer):
    """Whether it took place."""

    is_held = serializers.BooleanField()
    notes = words(LONGEST_BODY, default="", allow_blank=True, help_text="What was said; the customer reads it.")
    confirm = confirm()


class Resolve(StrictSerializer):
    """What the customer reads at the end (handbook 'sendResolutionNotification')."""

    summary = words(20_000)
    actions_taken = words(20_000)
    prevention_measures = words(20_000)
    follow_up_required = serializers.BooleanField(default=False)
    follow_up = words(20_000, default="", allow_blank=True)
    follow_up_schedule = serializers.DateTimeField(
        validators=[refuse_absurd], default=None, allow_null=True, help_text="Left out: the policy's span from now."
    )
    seen = seen()
    confirm = confirm()
    facts = facts()


class Reopen(StrictSerializer):
    """Why it is taken up again."""

    reason = words(2000)


class StartChat(StrictSerializer):
    """A customer whom the asker vouches for; somebody new is added by name."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=200, default="", allow_blank=True, help_text="Needed for somebody new.")
    language = serializers.ChoiceField(Language.choices, default="", help_text="Of somebody new.")


class StartVisitorChat(StrictSerializer):
    """Who says they come; neither is proven."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=200)
    language = serializers.ChoiceField(Language.choices, default="")


class SayInChat(StrictSerializer):
    """A line."""

    body = words(LONGEST_BODY)
    language = serializers.ChoiceField(Language.choices, default="", help_text="Of a new chat; else the customer's.")


class MarkRead(StrictSerializer):
    """How far the conversation was read."""

    up_to = serializers.IntegerField(min_value=1, max_value=2**62, help_text="The id of a reply.")


class SetAvailable(StrictSerializer):
    """Whether one takes chats."""

    available = serializers.BooleanField()


class Rate(StrictSerializer):
    """The customer's score of how they were helped."""

    score = serializers.IntegerField(min_value=1, max_value=5)
    comment = words(5000, default="", allow_blank=True)


class AgreeFollowUp(StrictSerializer):
    """What is owed to the customer after the resolution."""

    what = words(20_000)
    due_at = serializers.DateTimeField(
        validators=[refuse_absurd], default=None, allow_null=True, help_text="Left out: the policy's span from now."
    )
    owner = serializers.EmailField(default=None, allow_null=True, help_text="Left out: the assignee, else you.")


class CompleteFollowUp(StrictSerializer):
    """What came of it."""

    outcome = words(20_000)
