"""What the doors of those who write take in."""

from __future__ import annotations

from rest_framework import serializers

from financy_support.api.serializers import StrictSerializer
from financy_support.desk.people.language import Language
from knowledge.models import Audience, CheckKind, FeedbackKind, Significance
from knowledge.workflow.answer_feedback import LONGEST_ANSWER, OUTCOMES
from knowledge.workflow.edit_draft import LONGEST
from knowledge.workflow.give_feedback import LONGEST as MOST_WORDS
from knowledge.workflow.review_revision import GUIDELINES

DIGEST = "The digest of the words that were read."


def _words(name: str, **more: bool) -> serializers.CharField:
    return serializers.CharField(max_length=LONGEST[name], allow_blank=True, trim_whitespace=False, **more)  # type: ignore[arg-type]


class WriteArticle(StrictSerializer):
    """A new article: its first draft."""

    category = serializers.SlugField(max_length=50)
    title = serializers.CharField(max_length=LONGEST["title"])
    summary = _words("summary", required=False)
    keywords = _words("keywords", required=False)
    body = _words("body", required=False)
    language = serializers.ChoiceField(Language.choices, required=False)
    code = serializers.SlugField(max_length=80, required=False)
    audience = serializers.ChoiceField(Audience.choices, required=False, help_text="The category's when left out.")
    is_critical = serializers.BooleanField(required=False)
    tags = serializers.ListField(child=serializers.SlugField(max_length=50), required=False, max_length=20)


class BeginRevision(StrictSerializer):
    """The next wording."""

    article = serializers.SlugField(max_length=80, help_text="Its code.")
    language = serializers.ChoiceField(Language.choices)


class EditDraft(StrictSerializer):
    """What is to be otherwise; the rest stays."""

    title = _words("title", required=False)
    summary = _words("summary", required=False)
    keywords = _words("keywords", required=False)
    body = _words("body", required=False)
    comment = _words("comment", required=False)
    significance = serializers.ChoiceField(Significance.choices, required=False)


class Submit(StrictSerializer):
    """A draft is handed in."""

    readability_override = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text="Why it may be harder to read than grade 8."
    )


class Sign(StrictSerializer):
    """A signature, or why there is none."""

    digest = serializers.CharField(max_length=64, help_text=DIGEST)
    return_because = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class Review(Sign):
    """A peer's signature."""

    guidelines = serializers.ListField(
        child=serializers.ChoiceField([(one, one) for one in GUIDELINES]), required=False, max_length=len(GUIDELINES)
    )


class RecordCheck(StrictSerializer):
    """What was tried, and what came of it."""

    digest = serializers.CharField(max_length=64, help_text=DIGEST)
    kind = serializers.ChoiceField(CheckKind.choices)
    passed = serializers.BooleanField()
    notes = serializers.CharField(max_length=5000)


class PublishAtOnce(StrictSerializer):
    """Why it cannot wait."""

    digest = serializers.CharField(max_length=64, help_text=DIGEST)
    because = serializers.CharField(max_length=2000)


class Because(StrictSerializer):
    """A reason."""

    because = serializers.CharField(max_length=500)


class Retire(Because):
    """Why readers no longer need it, and what they read instead."""

    replaced_by = serializers.SlugField(max_length=80, required=False, help_text="The code of another article.")


class GiveFeedback(StrictSerializer):
    """What a reader says."""

    article = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="The article's number.")
    kind = serializers.ChoiceField(FeedbackKind.choices)
    words = serializers.CharField(max_length=MOST_WORDS, trim_whitespace=False)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Beside a comment.")


class AnswerFeedback(StrictSerializer):
    """What becomes of it."""

    outcome = serializers.ChoiceField([(one.value, one.label) for one in OUTCOMES])
    answer = serializers.CharField(
        max_length=LONGEST_ANSWER, required=False, allow_blank=True, help_text="In the reader's language."
    )


class MergeFeedback(StrictSerializer):
    """The other one."""

    into = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class LinkFeedback(StrictSerializer):
    """The change."""

    revision = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class HandOver(StrictSerializer):
    """Who sees to it."""

    to = serializers.EmailField(max_length=254)


class AssignGap(HandOver):
    """A question, and who sees to it."""

    words = serializers.CharField(max_length=256)
    language = serializers.ChoiceField(Language.choices)


class Vote(StrictSerializer):
    """An opinion; one of the two is enough."""

    is_helpful = serializers.BooleanField(required=False)
    stars = serializers.IntegerField(min_value=1, max_value=5, required=False)


class Nothing(StrictSerializer):
    """No field is asked for."""
