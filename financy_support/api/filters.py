"""Filters that refuse what they do not know, so that a misspelt filter never shows everything."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from financy_support.desk.errors import Invalid, Problem

PAGE_PARAMETERS = ("cursor", "page_size", "ordering")


class StrictFilterBackend(DjangoFilterBackend):
    """Filters by a view's ``filterset_class``.

    Raises :class:`Invalid` for an unknown parameter, one said twice, or a bad value, naming what is known.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if not says_filters(request):
            return queryset  # building a form of filters that nobody uses costs more than the page
        filterset_class = self.get_filterset_class(view, queryset)
        known = [*filterset_class.base_filters, *PAGE_PARAMETERS] if filterset_class else [*PAGE_PARAMETERS]
        refuse_unknown_parameters(request, known)
        return super().filter_queryset(request, queryset, view)


def says_filters(request: Request) -> bool:
    """Whether more is asked than which page of a list."""
    return any(name not in PAGE_PARAMETERS for name in request.query_params)


def refuse_unknown_parameters(request: Request, known: list[str]) -> None:
    """Raises :class:`Invalid` that names each unknown, doubled or empty query parameter and lists the known ones."""
    problems = []
    for name, values in request.query_params.lists():
        if name not in known:
            problems.append(
                Problem(name, "unknown_filter", f"“{name}” is not known here. Known: {', '.join(known) or 'none'}.")
            )
        elif len(values) > 1:
            problems.append(Problem(name, "said_twice", f"“{name}” may be said once; some take values with commas."))
        elif not values[0]:
            problems.append(Problem(name, "empty", f"“{name}” is empty: give a value or leave it out."))
    if problems:
        raise Invalid("Some query parameters were refused.", problems=problems)
