"""By what a list of tickets may be narrowed; customers not by what they cannot see."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, Subquery
from django.utils import timezone
from django_filters.filters import BaseInFilter, CharFilter, ChoiceFilter, IsoDateTimeFilter, TypedChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiTypes, extend_schema_field

from financy_support.api.serializers import refuse_absurd
from financy_support.desk.people.language import Language
from financy_support.desk.people.severity import Severity
from financy_support.desk.people.team import Team
from tickets.models import Category, Status, Ticket
from tickets.querysets import LIVE_STATUSES, TicketQuerySet

LONGEST_SEARCH = 256  # characters

TIERS = [(number, str(number)) for number in (1, 2, 3, 4)]


class ChoicesFilter(BaseInFilter, ChoiceFilter):
    """One or several choices, separated by commas."""


@extend_schema_field(OpenApiTypes.BOOL)
class YesOrNoFilter(TypedChoiceFilter):
    """true or false, and nothing else (django-filter's own takes any word for “not said”)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[("true", "yes"), ("false", "no")], coerce="true".__eq__, **options)


class TicketFilter(FilterSet):
    """What everybody may ask by."""

    status = ChoicesFilter(choices=Status.choices, help_text="One or several, separated by commas.")
    severity = ChoicesFilter(choices=Severity.choices, help_text="One or several, separated by commas.")
    tier = TypedChoiceFilter(choices=TIERS, coerce=int)
    team = CharFilter(method="of_team", max_length=50)
    language = ChoiceFilter(choices=Language.choices)
    channel = CharFilter(max_length=50)
    category = CharFilter(method="of_category", max_length=40)
    q = CharFilter(method="saying", max_length=LONGEST_SEARCH, help_text="Words of the conversation.")

    by_staff = False

    class Meta:
        model = Ticket
        fields: list[str] = []

    def of_team(self, tickets: TicketQuerySet, name: str, slug: str) -> Any:
        """By the team's own key: a join on its name would walk all tickets to find those of a small team."""
        return tickets.filter(team=Subquery(Team.objects.filter(slug=slug).values("pk")[:1]))

    def of_category(self, tickets: TicketQuerySet, name: str, code: str) -> Any:
        return tickets.filter(category=Subquery(Category.objects.filter(code=code).values("pk")[:1]))

    def saying(self, tickets: TicketQuerySet, name: str, words: str) -> TicketQuerySet:
        return tickets.saying(words, by_staff=self.by_staff)


class StaffTicketFilter(TicketFilter):
    """What staff and tools may ask by as well."""

    assignee = CharFilter(method="given_to", max_length=254, help_text="An e-mail, “me” or “none”.")
    customer = CharFilter(method="asked_by", max_length=254, help_text="Id or e-mail.")
    breached = YesOrNoFilter(method="late", help_text="Live, and the next promise is late.")
    due_before = IsoDateTimeFilter(
        method="due", validators=[refuse_absurd], help_text="Live, and the next promise falls due before."
    )

    by_staff = True

    def given_to(self, tickets: TicketQuerySet, name: str, whom: str) -> Any:
        if whom == "none":
            return tickets.unassigned()
        if whom == "me":
            return tickets.filter(assignee=self.request.user.pk)
        return tickets.filter(assignee__email__iexact=whom)

    def asked_by(self, tickets: TicketQuerySet, name: str, whom: str) -> Any:
        return tickets.filter(Q(customer=int(whom)) if whom.isdecimal() else Q(customer__email__iexact=whom))

    def late(self, tickets: TicketQuerySet, name: str, is_late: bool) -> Any:
        late = Q(status__in=LIVE_STATUSES, next_due_at__lte=timezone.now())
        return tickets.filter(late) if is_late else tickets.exclude(late)

    def due(self, tickets: TicketQuerySet, name: str, at: Any) -> Any:
        return tickets.overdue(at)
