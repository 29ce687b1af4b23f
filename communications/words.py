"""The wordings in force, kept in memory per guide edition, and how durations and times read in each language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.units import format_unit

from communications.models import Channel, MessageTemplate, Phrase, ProviderAccount, QuietHours
from financy_support.desk.audit.guide_edition import once_per_edition
from financy_support.desk.errors import Conflict
from financy_support.desk.people.language import Language

LOCALES = {"en": "en", "pt": "pt_BR", "es": "es"}


@dataclass(frozen=True)
class Words:
    """Templates by (purpose, severity, language, channel), phrases by (code, language), channels by code.

    Quiet hours by kind; ``accounts`` are the kinds with a provider account in use.
    """

    templates: dict[tuple[str, str, str, str], MessageTemplate]
    phrases: dict[tuple[str, str], str]
    channels: dict[str, Channel]
    quiet_hours: dict[str, QuietHours]
    accounts: frozenset[str]

    def template(self, purpose: str, *, severity: str, language: str, channel: str) -> MessageTemplate:
        """The most exact wording: channel before severity before English. Raises Conflict when there is none."""
        for spoken in dict.fromkeys((language, Language.ENGLISH.value)):
            for place in ((severity, channel), (severity, ""), ("", channel), ("", "")):
                found = self.templates.get((purpose, place[0], spoken, place[1]))
                if found:
                    return found
        raise Conflict(
            f"No message template for {purpose!r} ({severity or 'any severity'}, {language}). Write one in the admin.",
            code="no_template",
        )

    def phrase(self, code: str, language: str) -> str:
        """A short wording, in English where the language has none."""
        found = self.phrases.get((code, language)) or self.phrases.get((code, Language.ENGLISH.value))
        if found is None:
            raise Conflict(f"No phrase {code!r} in {language}. Write one in the admin.", code="no_phrase")
        return found


@once_per_edition
def words() -> Words:
    """The wordings in force in the current act."""
    return Words(
        {(row.purpose, row.severity, row.language, row.channel): row for row in MessageTemplate.objects.all()},
        {(row.code, row.language): row.text for row in Phrase.objects.all()},
        {row.code: row for row in Channel.objects.prefetch_related("calendar__opening_hours", "calendar__holidays")},
        {row.kind: row for row in QuietHours.objects.all()},
        frozenset(ProviderAccount.objects.filter(is_active=True).values_list("kind", flat=True)),
    )


@lru_cache(maxsize=512)
def duration_in(duration: timedelta, language: str) -> str:
    """“15 minutes”, “2 horas”, “1 semana”: whole weeks, else hours and minutes, as the handbook writes them."""
    minutes = max(round(duration.total_seconds() / 60), 1)
    units = [("duration-week", 7 * 24 * 60)] if minutes % (7 * 24 * 60) == 0 else []
    parts = []
    for unit, size in [*units, ("duration-hour", 60), ("duration-minute", 1)]:
        count, minutes = divmod(minutes, size)
        if count:
            parts.append(format_unit(count, unit, length="long", locale=LOCALES[language]))
    return " ".join(parts)


def instant_in(at: datetime, language: str, time_zone: str) -> str:
    """A moment as the customer reads a clock: their language, their zone, the zone named."""
    return format_datetime(at, "long", tzinfo=ZoneInfo(time_zone), locale=LOCALES[language])
