"""Which translations are missing, or say what their source no longer says."""

from __future__ import annotations

from django.utils.translation import gettext as _

from financy_support.desk.people.language import Language
from knowledge.models import Revision, Significance, Translation


def translation_notes(revision: Revision) -> list[str]:
    """What readers of the other languages will lack once ``revision`` is read.

    A translation is measured by the source's revision that it was made from, and by what changed since: typos trouble
    no translator (knowledge anchor §3, Kitsune).
    """
    translation = revision.translation
    others = {
        one.language: one
        for one in Translation.objects.filter(article=translation.article_id)
        .exclude(pk=translation.pk)
        .select_related("current__based_on")
    }
    notes = []
    for language in (Language.ENGLISH, Language.PORTUGUESE, Language.SPANISH):
        if language == translation.language:
            continue
        current = others[language].current if language in others else None
        if current is None:
            notes.append(_("No text in %(language)s yet.") % {"language": language.label})
        elif number := _fallen_behind(current, revision):
            facts = {"language": language.label, "number": number}
            notes.append(_("The %(language)s text was made from revision %(number)d: it will be out of date.") % facts)
    return notes


def _fallen_behind(current: Revision, source: Revision) -> int:
    """The number of the source's revision that ``current`` was made from, if more than typos changed since; else 0."""
    made_from = current.based_on
    if made_from is None or made_from.translation_id != source.translation_id or made_from.number >= source.number:
        return 0
    between = Revision.objects.filter(
        translation=source.translation_id, number__gt=made_from.number, number__lt=source.number
    )
    read = between.filter(published_at__isnull=False, significance__gte=Significance.MEDIUM)
    matter = source.significance >= Significance.MEDIUM or read.exists()
    return made_from.number if matter else 0
