"""keep_synonyms, pin_result and their opposites: what editors keep so that searches find what readers mean."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User
from financy_support.desk.wording import require_words
from knowledge.models import Article, PinnedResult, Synonym
from knowledge.revision_gates import require_writer
from knowledge.search.kept import group_of, key

LONGEST_GROUP, LONGEST_PHRASE, LONGEST_REASON = 500, 100, 300


def keep_synonyms(*, language: str, words: str, by: User) -> Synonym:
    """Words and short phrases with ``|`` between mean the same in ``language`` from now on.

    Raises NotAllowed, Invalid naming the field, Conflict when they are kept already.
    Source: knowledge anchor §5, 11: synonyms that editors can maintain.
    """
    require_writer(by)
    _require_language(language)
    group = group_of(require_words(words, field="words", longest=LONGEST_GROUP))
    if len({key(one) for one in group}) < 2:
        raise Invalid("Give two or more, with | between: sign in|log in.", field="words", code="too_few")
    try:
        with transaction.atomic():
            return Synonym.objects.create(language=language, words="|".join(group))
    except IntegrityError:
        raise Conflict("These are kept already.", field="words", code="kept") from None


def drop_synonyms(synonym: Synonym, *, by: User) -> None:
    """They mean the same no longer; the history keeps them. Raises NotAllowed."""
    require_writer(by)
    Synonym.objects.filter(pk=synonym.pk).delete()


def pin_result(article: Article, *, language: str, words: str, because: str, by: User) -> PinnedResult:
    """The article stands first for just these words. Raises NotAllowed, Invalid naming the field, Conflict if it does.

    Whoever may not read the article does not find it by this either.
    """
    require_writer(by)
    _require_language(language)
    words = require_words(key(words), field="words", longest=LONGEST_PHRASE)
    because = require_words(because, field="because", longest=LONGEST_REASON)
    try:
        with transaction.atomic():
            return PinnedResult.objects.create(language=language, words=words, article=article, because=because)
    except IntegrityError:
        raise Conflict("It is pinned for these words already.", field="words", code="kept") from None


def unpin_result(pinned: PinnedResult, *, by: User) -> None:
    """It stands where it fits again; the history keeps it. Raises NotAllowed."""
    require_writer(by)
    PinnedResult.objects.filter(pk=pinned.pk).delete()


def _require_language(language: str) -> None:
    if language not in Language.values:
        raise Invalid(f"No language {language!r}. Use one of: {', '.join(Language.values)}.", field="language")
