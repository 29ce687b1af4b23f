"""customers/ and organisations/: who asks, registered and changed by verbs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from django_filters.filters import CharFilter, ChoiceFilter, NumberFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.etag import etag_of, require_match
from financy_support.api.idempotency import ActingPost, Answer, answer_once
from financy_support.api.people import examples
from financy_support.api.people.serializers import (
    ChangeCustomer,
    ChangeOrganisation,
    RegisterCustomer,
    RegisterOrganisation,
)
from financy_support.api.people.shapes import CustomerRow, OrganisationRow
from financy_support.api.scopes import Scope
from financy_support.api.views import DeskView, RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid, NotFound
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.language import Language
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.user import User
from financy_support.desk.people.workflow.change_customer import change_customer
from financy_support.desk.people.workflow.change_organisation import change_organisation
from financy_support.desk.people.workflow.register_customer import register_customer
from financy_support.desk.people.workflow.register_organisation import register_organisation

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
    """What the views of people ask of a token."""

    scope_read: ClassVar[Scope] = Scope.CUSTOMERS_READ
    scope_write: ClassVar[Scope] = Scope.CUSTOMERS_WRITE


class CustomersView(PeopleScopes, RowsView, ActingPost):
    """Customers whom the reader may see, and the door for new ones."""

    model = Customer
    filterset_class = CustomerFilter

    def rows(self) -> Any:
        return Customer.objects.visible_to(self.reader).values(*CUSTOMER)

    @extend_schema(responses=CustomerRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Customers, newest first; a customer sees themself."""
        return super().get(request, **kwargs)

    @extend_schema(request=RegisterCustomer, responses={201: CustomerRow}, examples=examples.REGISTER_CUSTOMER)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Register a customer; for staff and tools with `customers:write`. A taken e-mail answers 409 `taken`."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = _with_organisation(RegisterCustomer.take(request), act.by)
        customer = register_customer(**said, by=act.by, at=act.at)
        return _customer_answer(customer, 201, {"Location": f"/api/v1/customers/{customer.pk}/"})


class CustomerView(PeopleScopes):
    """One customer."""

    @extend_schema(responses=CustomerRow)
    def get(self, request: Request, number: int) -> Response:
        """Their language, hours and preferred channel; the ETag is asked back by PATCH."""
        return _one(Customer.objects.visible_to(self.reader).filter(pk=number).values(*CUSTOMER, "version"))

    @extend_schema(request=ChangeCustomer, responses=CustomerRow, examples=examples.CHANGE_CUSTOMER)
    def patch(self, request: Request, number: int) -> HttpResponse:
        """Change what is given; customers their own language, time zone and preferred channel."""
        return answer_once(request, lambda act: self._change(request, number, act))

    def _change(self, request: Request, number: int, act: Act) -> Answer:
        said = ChangeCustomer.take(request)
        customer = _locked(Customer.objects.visible_to(act.by), number, request)
        return _customer_answer(change_customer(customer, **_with_organisation(said, act.by), by=act.by, at=act.at))


class OrganisationsView(PeopleScopes, RowsView, ActingPost):
    """Organisations that the reader may see, and the door for new ones."""

    model = Organisation

    def rows(self) -> Any:
        return Organisation.objects.visible_to(self.reader).values(*ORGANISATION)

    @extend_schema(responses=OrganisationRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Organisations, newest first; a customer sees their own."""
        return super().get(request, **kwargs)

    @extend_schema(
        request=RegisterOrganisation, responses={201: OrganisationRow}, examples=examples.REGISTER_ORGANISATION
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Register a firm; for staff and tools with `customers:write`. A taken name answers 409 `taken`."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        organisation = register_organisation(**RegisterOrganisation.take(request), by=act.by, at=act.at)
        return _organisation_answer(organisation, 201, {"Location": f"/api/v1/organisations/{organisation.pk}/"})


class OrganisationView(PeopleScopes):
    """One organisation."""

    @extend_schema(responses=OrganisationRow)
    def get(self, request: Request, number: int) -> Response:
        """Its name, and whether its people see each other's tickets; the ETag is asked back by PATCH."""
        return _one(Organisation.objects.visible_to(self.reader).filter(pk=number).values(*ORGANISATION, "version"))

    @extend_schema(request=ChangeOrganisation, responses=OrganisationRow, examples=examples.CHANGE_ORGANISATION)
    def patch(self, request: Request, number: int) -> HttpResponse:
        """Change its name, or whether its people see each other's tickets; for staff and tools."""
        return answer_once(request, lambda act: self._change(request, number, act))

    def _change(self, request: Request, number: int, act: Act) -> Answer:
        said = ChangeOrganisation.take(request)
        organisation = _locked(Organisation.objects.visible_to(act.by), number, request)
        return _organisation_answer(change_organisation(organisation, **said, by=act.by, at=act.at))


def _one(rows: Any) -> Response:
    row = rows.first()
    if row is None:
        raise NotFound
    return Response(row, headers={"ETag": etag_of(row.pop("version"))})


def _locked(seen: Any, number: int, request: Request) -> Any:
    """The row of an address, which nobody changes between the look at its version and the verb."""
    row = seen.filter(pk=number).select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise NotFound
    require_match(request, row.version)
    return row


def _with_organisation(said: dict[str, Any], by: User) -> dict[str, Any]:
    """The organisation's row in place of its id."""
    number = said.get("organisation")
    if number is None:
        return said
    organisation = Organisation.objects.visible_to(by).filter(pk=number).first()
    if organisation is None:
        detail = "No organisation that you may see has this id. Look for it at organisations/."
        raise Invalid(detail, field="organisation", code="unknown")
    return {**said, "organisation": organisation}


def _customer_answer(customer: Customer, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    columns = {"organisation": "organisation_id"}
    row = {name: getattr(customer, columns.get(name, name)) for name in CUSTOMER}
    return Answer(row, status, {"ETag": etag_of(customer.version), **(headers or {})})


def _organisation_answer(firm: Organisation, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    row = {name: getattr(firm, name) for name in ORGANISATION}
    return Answer(row, status, {"ETag": etag_of(firm.version), **(headers or {})})
