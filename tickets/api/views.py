"""tickets/ and tickets/{reference}/: ask, look, correct."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.etag import etag_of, require_match
from financy_support.api.idempotency import ActingPost, Answer, answer_once
from financy_support.api.pagination import KeptRows
from financy_support.api.scopes import Scope
from financy_support.api.views import DeskView, RowsView
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import Invalid, NotAllowed, NotFound
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User, UserKind
from tickets.api.conversation import conversation_of, promises_of, resolutions_of
from tickets.api.filters import StaffTicketFilter, TicketFilter
from tickets.api.find import in_scope, row_in_scope
from tickets.api.serializers import ChangeTicket, OpenTicket
from tickets.api.shapes import TicketDetail, TicketRow
from tickets.api.shown import is_staff_reader, row_of, rows_of, shown
from tickets.models import Ticket
from tickets.querysets import Reach, reach_of
from tickets.workflow.change_category import change_category
from tickets.workflow.open import open_ticket

ORDERS = {"-created_at": ("-pk",), "created_at": ("pk",)}
STAFF_ORDERS = {**ORDERS, "next_due_at": ("next_due_at", "pk")}
NOBODY = "No customer whom you may see has this id or e-mail."


class TicketScopes(DeskView):
    """What all ticket views ask of a token."""

    scope_read: ClassVar[Scope] = Scope.TICKETS_READ
    scope_write: ClassVar[Scope] = Scope.TICKETS_WRITE


class TicketsView(TicketScopes, RowsView, ActingPost):
    """The list that the reader may see, and the door for a new question."""

    model = Ticket

    @property
    def filterset_class(self) -> type[TicketFilter]:
        """A customer cannot ask by what they cannot see (it would be an oracle)."""
        return StaffTicketFilter if self._reads_as_staff() else TicketFilter

    @property
    def orders(self) -> Mapping[str, tuple[str, ...]]:  # type: ignore[override]  # by reader
        return STAFF_ORDERS if self._reads_as_staff() else ORDERS

    def rows(self) -> Any:
        return self._rows(self.reader)

    def kept_rows(self) -> KeptRows:
        reach = reach_of(self.reader)
        shape = ("tickets", reach.sight, self._is_queue())
        return KeptRows(shape, lambda: self._rows(Reach.places(reach.sight)), reach.ids)

    def show(self, rows: list[Any]) -> list[dict[str, Any]]:
        at = timezone.now()
        return [shown(row, reader=self.reader, at=at) for row in rows]

    @extend_schema(responses=TicketRow(many=True))
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Tickets that the reader may see, newest first; staff may also ask for `ordering=next_due_at`."""
        return super().get(request, **kwargs)

    @extend_schema(request=OpenTicket, responses={201: TicketRow})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Open a ticket: it is triaged, promised an answer, and its customer is greeted."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = OpenTicket.take(request)
        customer = _customer(said.pop("customer", None), act.by)
        ticket = open_ticket(customer=customer, **said, by=act.by, at=act.at)
        answer = shown(row_of(ticket, description=said["description"].strip()), reader=act.by, at=act.at)
        headers = {"Location": f"/api/v1/tickets/{ticket.reference}/", "ETag": etag_of(ticket.version)}
        return Answer(answer, 201, headers)

    def _rows(self, actor: User | Reach) -> Any:
        tickets = Ticket.objects.visible_to(actor)
        return rows_of(tickets.live() if self._is_queue() else tickets)

    def _is_queue(self) -> bool:
        """The queue is what still has to be done; its index knows only live tickets."""
        return self.request.query_params.get("ordering") == "next_due_at"

    def _reads_as_staff(self) -> bool:
        return getattr(self, "swagger_fake_view", False) or is_staff_reader(self.reader)


class TicketView(TicketScopes):
    """One ticket with its conversation, promises and resolutions."""

    @extend_schema(responses=TicketDetail)
    def get(self, request: Request, reference: str) -> Response:
        """The whole ticket as the reader may see it; its ETag is asked back by PATCH."""
        reader, at = self.reader, timezone.now()
        row = row_in_scope(reference, reader)
        conversation = conversation_of(row["pk"], reader=reader)
        answer = {
            **shown(row, reader=reader, at=at),
            "description": conversation.question,
            "conversation": conversation.replies,
            "deadlines": promises_of(row["pk"], reader=reader, at=at),
            "resolutions": resolutions_of(row["pk"]),
        }
        return Response(answer, headers={"ETag": etag_of(row["version"])})

    @extend_schema(request=ChangeTicket, responses=TicketRow)
    def patch(self, request: Request, reference: str) -> HttpResponse:
        """Correct the category; `security` hands the ticket to the Security team at once."""
        return answer_once(request, lambda act: self._change(request, reference, act))

    def _change(self, request: Request, reference: str, act: Act) -> Answer:
        said = ChangeTicket.take(request)
        ticket = in_scope(reference, act.by).select_for_update(of=("self",)).first()
        if ticket is None:
            raise NotFound
        require_match(request, ticket.version)
        change_category(ticket, category=said["category"], by=act.by, at=act.at)
        return ticket_answer(ticket.pk, act)


def ticket_answer(pk: int, act: Act) -> Answer:
    """The ticket as it stands after a verb. Its actor may have handed it out of their own sight."""
    row = rows_of(Ticket.objects.filter(pk=pk)).get()  # in scope: the verb has checked
    return Answer(shown(row, reader=act.by, at=act.at), headers={"ETag": etag_of(row["version"])})


def _customer(said: str | None, by: User) -> Customer:
    """Whose question it is: customers ask for themselves, the others name somebody they may see."""
    if by.kind == UserKind.CUSTOMER:
        own = getattr(by, "customer", None)
        if own is None:
            raise NotAllowed("This log-in belongs to no customer. Ask the support team to connect the two.")
        if said not in (None, str(own.pk), own.email):
            raise Invalid(NOBODY, field="customer", code="unknown")
        return own
    if said is None:
        raise Invalid("Name the customer by id or e-mail.", field="customer", code="required")
    found = Customer.objects.visible_to(by).select_related("organisation")
    customer = (found.filter(pk=int(said)) if said.isdecimal() else found.filter(email__iexact=said)).first()
    if customer is None:
        raise Invalid(NOBODY, field="customer", code="unknown")
    return customer
