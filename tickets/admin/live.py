"""The ticket page's live conversation: its fragment, its stream, what was read, who types, who takes chats."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from financy_support.admin_base import person
from financy_support.api.problems import problem_response
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import DeskError, Invalid
from tickets.admin.page import WORDS_SHOWN, conversation, last_said, place_in
from tickets.live.open import open_stream, say_typing
from tickets.models import Ticket
from tickets.workflow.mark_read import mark_read
from tickets.workflow.set_available import set_available


class LiveConversation:
    """What TicketAdmin adds for chats. Each door finds the ticket in the agent's scope, calls one verb and answers."""

    find: Any
    act: Any
    address: Any
    admin_site: Any

    def fragment(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The conversation as the page shows it, for a page that was told of something new."""
        ticket = self.find(request, object_id)
        said = conversation(ticket, WORDS_SHOWN)
        context = {"ticket": ticket, "said": said, "last_said": last_said(ticket), "place": place_in(ticket)}
        return TemplateResponse(request, "tickets/conversation.html", context)

    def live(self, request: HttpRequest, object_id: str, what: str) -> HttpResponseBase:
        """A stream's address, a read mark, or that the agent types."""
        ticket = self.find(request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            with self.act(request) as act:
                return JsonResponse(LIVE[what](ticket, request, act))
        except DeskError as refusal:
            return problem_response(refusal, {})

    def take_chats(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The agent takes chats from now on, or no more; back to the ticket."""
        ticket = self.find(request, object_id)
        if request.method == "POST":
            with self.act(request) as act:
                set_available(available=request.POST.get("available") == "yes", by=act.by, at=act.at)
        return HttpResponseRedirect(self.address(ticket))

    def live_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<str:object_id>/conversation/", view(self.fragment), name="tickets_ticket_conversation"),
            path("<str:object_id>/take-chats/", view(self.take_chats), name="tickets_ticket_take_chats"),
            *(
                path(f"<str:object_id>/live/{what}/", view(self.live), {"what": what}, name=f"tickets_ticket_{what}")
                for what in LIVE
            ),
        ]


def _stream(ticket: Ticket, request: HttpRequest, act: Act) -> dict[str, Any]:
    return open_stream(ticket, by=person(request), at=act.at)


def _read(ticket: Ticket, request: HttpRequest, act: Act) -> dict[str, Any]:
    said = request.POST.get("up_to", "")
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise Invalid("Name the id of a public reply of this ticket.", field="up_to", code="unknown")
    return {"up_to": mark_read(ticket, up_to=int(said), by=act.by, at=act.at).up_to}


def _typing(ticket: Ticket, request: HttpRequest, act: Act) -> dict[str, Any]:
    say_typing(ticket, by=person(request))
    return {"typing": True}


LIVE = {"stream": _stream, "read": _read, "typing": _typing}
