"""The adjectives of translations: the one rule of who may read what, for pages, search, counts, feeds and API alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Case, F, Q, When

from financy_support.desk.people.user import User, UserKind
from knowledge.models.category import PUBLIC

READ_BY = Case(When(article__audience="", then=F("article__category__audience")), default=F("article__audience"))


class AnsweredQuerySet(models.QuerySet[Any]):
    """Rows that name a translation as their ``answer``."""

    def public(self) -> Self:
        """Those whose answer everybody may read."""
        shown = self.model._meta.get_field("answer").related_model.objects.public()
        return self.filter(answer__in=shown)


class TranslationQuerySet(models.QuerySet[Any]):
    """Which translations."""

    def public(self) -> Self:
        """What everybody may read: published, for the public, neither retired nor withdrawn."""
        return self._shown().alias(read_by=READ_BY).filter(read_by__in=PUBLIC)

    def visible_to(self, actor: Any) -> Self:
        """Agents and editors: what staff reads as well. Everybody else, and nobody in particular: the public's."""
        is_staff = isinstance(actor, User) and actor.is_active and (actor.is_agent or actor.kind == UserKind.EDITOR)
        return self._shown() if is_staff else self.public()

    def replaced(self) -> Self:
        """Retired ones that the public could read and whose addresses lead to another article."""
        was_public = self.filter(current__isnull=False).alias(read_by=READ_BY).filter(read_by__in=PUBLIC)
        return was_public.filter(article__retired_at__isnull=False, article__replaced_by__isnull=False)

    def overdue(self, at: datetime) -> Self:
        """Whose article should have been checked by ``at``."""
        return self.filter(article__review_due_at__lt=at)

    def _shown(self) -> Self:
        return self.filter(
            Q(current__isnull=False), article__retired_at__isnull=True, article__withdrawn_at__isnull=True
        )
