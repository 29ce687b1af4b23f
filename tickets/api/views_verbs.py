"""tickets/{reference}/assign/ … close/: each takes a body, calls one verb, answers the ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from financy_support.api.etag import require_match
from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.serializers import StrictSerializer
from financy_support.desk.audit.acting import Act
from tickets.api.find import active_agent, find_ticket, in_scope
from tickets.api.serializers import (
    Assign,
    ChangeSeverity,
    Escalate,
    Hold,
    Nothing,
    Reopen,
    Resolve,
    SendProgress,
)
from tickets.api.shapes import TicketRow
from tickets.api.views import TicketScopes, ticket_answer
from tickets.workflow.assign import assign_ticket
from tickets.workflow.change_severity import change_severity
from tickets.workflow.close import close_ticket
from tickets.workflow.escalate import escalate_ticket
from tickets.workflow.hold import hold_ticket, resume_ticket
from tickets.workflow.reopen import reopen_ticket
from tickets.workflow.resolve import resolve_ticket
from tickets.workflow.update_progress import send_progress_update


class VerbView(TicketScopes, ActingPost):
    """One verb on one ticket: the fields of ``body`` are the verb's own parameters; ``If-Match`` is honoured."""

    body: ClassVar[type[StrictSerializer]]
    verb: ClassVar[Callable[..., Any]]

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = self.body.take(request)
        ticket = find_ticket(kwargs["reference"], act.by)
        if "If-Match" in request.headers:  # who says what they saw is not surprised by what was done meanwhile
            seen = in_scope(kwargs["reference"], act.by).select_for_update(of=("self",))
            require_match(request, seen.get().version)
        type(self).verb(ticket, **self.meant(said), by=act.by, at=act.at)
        return ticket_answer(ticket.pk, act)

    def meant(self, said: dict[str, Any]) -> dict[str, Any]:
        """What the verb is told; views override where the API says it by another name."""
        return said


@extend_schema(request=Assign, responses=TicketRow)
class AssignView(VerbView):
    """Give the ticket to an agent, or to nobody."""

    body = Assign
    verb = assign_ticket

    def meant(self, said: dict[str, Any]) -> dict[str, Any]:
        return {"to": said["assignee"] and active_agent(said["assignee"], field="assignee")}


@extend_schema(request=Hold, responses=TicketRow)
class HoldView(VerbView):
    """Wait on the customer, a vendor or an incident; the clocks that this stops stand still."""

    body = Hold
    verb = hold_ticket


@extend_schema(request=Nothing, responses=TicketRow)
class ResumeView(VerbView):
    """End the hold."""

    body = Nothing
    verb = resume_ticket


@extend_schema(request=ChangeSeverity, responses=TicketRow)
class SeverityView(VerbView):
    """Set another severity; a higher one routes the ticket at once."""

    body = ChangeSeverity
    verb = change_severity


@extend_schema(request=Escalate, responses=TicketRow)
class EscalateView(VerbView):
    """Hand the ticket to a higher tier, or in tier 4 to another team of specialists."""

    body = Escalate
    verb = escalate_ticket


@extend_schema(request=SendProgress, responses=TicketRow)
class ProgressView(VerbView):
    """Tell the customer how far it is, what comes next and by when."""

    body = SendProgress
    verb = send_progress_update


@extend_schema(request=Resolve, responses=TicketRow)
class ResolveView(VerbView):
    """Resolve the ticket with words for the customer."""

    body = Resolve
    verb = resolve_ticket


@extend_schema(request=Reopen, responses=TicketRow)
class ReopenView(VerbView):
    """Take a resolved ticket up again."""

    body = Reopen
    verb = reopen_ticket


@extend_schema(request=Nothing, responses=TicketRow)
class CloseView(VerbView):
    """Close a resolved ticket."""

    body = Nothing
    verb = close_ticket
