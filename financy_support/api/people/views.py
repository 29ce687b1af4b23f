"""customers/ and organisations/: who asks. They are changed in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django_filters.filters import CharFilter, ChoiceFilter, NumberFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.people.shapes import CustomerRow, OrganisationRow
from financy_support.api.scopes import Scope
from financy_support.api.views import DeskView, RowsView
from financy_support.desk.errors import NotFound
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.language import Language
from financy_support.desk.people.organisation import Organisation

CUSTOMER = ("id", "name", "email", "phone", "organisation", "language", "time_zone", "preferred_channel")
ORGANISATION = ("id", "name", "shares_tickets")


class CustomerFilter(FilterSet):
    """By what customers may be narrowed."""

    email = CharFilter(lookup_expr="iexact", max_length=254)
    organisation = NumberFilter(field_name="organisation_id", min_value=1, max_value=2**62)
    language = ChoiceFilter(choices=Language.choices)

    class Meta:
        model = Customer
        fields: list[str] = []


class PeopleScopes(DeskView):
    """What the views of people ask of a token. Nobody writes here."""

    scope_read: ClassVar[Scope] = Scope.CUSTOMERS_READ
    scope_write: ClassVar[Scope] = Scope.CUSTOMERS_READ


class CustomersView(PeopleScopes, RowsView):
    """Customers whom the reader may see."""

    model = Customer
    filterset_class = CustomerFilter

    def rows(self) -> Any:
        return Customer.objects.visible_to(self.reader).values(*CUSTOMER)

    @extend_schema(responses=CustomerRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Customers, newest first; a customer sees themself."""
        return super().get(request, **kwargs)


class CustomerView(PeopleScopes):
    """One customer."""

    @extend_schema(responses=CustomerRow)
    def get(self, request: Request, number: int) -> Response:
        """Their language, hours and preferred channel."""
        return _one(Customer.objects.visible_to(self.reader).filter(pk=number).values(*CUSTOMER))


class OrganisationsView(PeopleScopes, RowsView):
    """Organisations that the reader may see."""

    model = Organisation

    def rows(self) -> Any:
        return Organisation.objects.visible_to(self.reader).values(*ORGANISATION)

    @extend_schema(responses=OrganisationRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Organisations, newest first; a customer sees their own."""
        return super().get(request, **kwargs)


class OrganisationView(PeopleScopes):
    """One organisation."""

    @extend_schema(responses=OrganisationRow)
    def get(self, request: Request, number: int) -> Response:
        """Its name, and whether its people see each other's tickets."""
        return _one(Organisation.objects.visible_to(self.reader).filter(pk=number).values(*ORGANISATION))


def _one(rows: Any) -> Response:
    row = rows.first()
    if row is None:
        raise NotFound
    return Response(row)
