"""chat/: a customer's own conversation, and the log-ins for it; tickets/{reference}/: streams, read marks, typing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from financy_support.api.idempotency import ActingPost, Answer
from financy_support.api.scopes import Scope
from financy_support.api.throttles import PerActorThrottle
from financy_support.api.views import DeskView, request_id_of
from financy_support.desk.audit.acting import Act, acting
from financy_support.desk.errors import Conflict
from financy_support.desk.people.user import SystemActor, User, system_actor
from tickets.api.chat_shown import chat_log_in_shown, conversation_shown, line_shown
from tickets.api.find import find_ticket
from tickets.api.serializers import MarkRead, Nothing, SayInChat, SetAvailable, StartChat, StartVisitorChat
from tickets.api.shapes_chat import (
    AvailabilityRow,
    ChatConversation,
    ChatLine,
    ChatLogInRow,
    ReadMarkRow,
    StreamRow,
    TypingRow,
)
from tickets.api.views import TicketScopes
from tickets.chat import chat_of, chatting_customer, desk_is_available
from tickets.live.open import open_stream, say_typing
from tickets.models import ChatAgent, Ticket
from tickets.workflow.mark_read import mark_read
from tickets.workflow.say_in_chat import say_in_chat
from tickets.workflow.set_available import set_available
from tickets.workflow.start_chat import start_chat, start_visitor_chat


class ChatScopes(DeskView):
    """What the views of chats ask of a token."""

    scope_read: ClassVar[Scope] = Scope.CHAT
    scope_write: ClassVar[Scope] = Scope.CHAT


class VisitorThrottle(PerActorThrottle):
    """How often one address may ask for a visitor's log-in."""

    limit_setting = "DESK_CHAT_VISITORS_PER_MINUTE"
    kind = "visitor:"


class StartChatView(ChatScopes):
    """Log-ins for customers whom a site vouches for."""

    @extend_schema(request=StartChat, responses={201: ChatLogInRow})
    def post(self, request: Request) -> Response:
        """A chat log-in for one customer, by a tool with the scope `chat`: the site's backend hands it to its page.

        Its token opens `chat/` for this customer only, for hours. It is shown once and stored hashed, so no
        `Idempotency-Key` is kept: sent twice this gives two tokens, which harms nobody.
        """
        said = StartChat.take(request)
        with acting(by=self.reader, channel="api", request_id=request_id_of(request)) as act:
            return Response(chat_log_in_shown(start_chat(**said, by=act.by, at=act.at)), status=201)


class StartVisitorChatView(ChatScopes):
    """Log-ins for strangers."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [VisitorThrottle]

    @extend_schema(request=StartVisitorChat, responses={201: ChatLogInRow}, auth=[])
    def post(self, request: Request) -> Response:
        """A chat log-in for a visitor who gives a name and an address; it sees nothing but its own conversation."""
        said = StartVisitorChat.take(request)
        public = system_actor(SystemActor.PUBLIC)
        with acting(by=public, channel="chat", request_id=request_id_of(request)) as act:
            return Response(chat_log_in_shown(start_visitor_chat(**said, by=act.by, at=act.at)), status=201)


class ChatView(ChatScopes):
    """The asker's own conversation."""

    @extend_schema(responses=ChatConversation)
    def get(self, request: Request) -> Response:
        """What was said so far, who is there, and whether an agent takes chats now."""
        chatting_customer(self.reader)
        return Response(conversation_shown(chat_of(self.reader), at=timezone.now()))


class ChatLinesView(ChatScopes, ActingPost):
    """The asker's words."""

    @extend_schema(request=SayInChat, responses={201: ChatLine})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Say something. The first line opens a ticket, the next ones are its replies; a retry never doubles one."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        said = SayInChat.take(request)
        return Answer(line_shown(say_in_chat(**said, by=act.by, at=act.at)), 201)


class OnOwnChat(ChatScopes, ActingPost):
    """An act on the asker's own conversation."""

    def ticket(self, person: User) -> Ticket:
        chatting_customer(person)
        ticket = chat_of(person)
        if ticket is None:
            raise Conflict("Nothing was said yet: the first line opens the chat.", code="no_chat")
        return ticket


class OnTicket(TicketScopes, ActingPost):
    """An act on the conversation of a ticket in the asker's scope."""

    def ticket(self, person: User) -> Ticket:
        return find_ticket(self.kwargs["reference"], person)


@extend_schema(request=MarkRead, responses=ReadMarkRow)
class OwnReadView(OnOwnChat):
    """Say up to which reply the conversation was read."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        return _read(self.ticket(act.by), request, act)


@extend_schema(request=MarkRead, responses=ReadMarkRow)
class ReadView(OnTicket):
    """Say up to which reply the conversation was read: by the customer, or by the desk."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        return _read(self.ticket(act.by), request, act)


@extend_schema(request=Nothing, responses={201: StreamRow})
class OwnStreamView(OnOwnChat):
    """A token, good for a minute, that opens the stream of the own conversation."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        return _stream(self.ticket(act.by), request, act)


@extend_schema(request=Nothing, responses={201: StreamRow})
class StreamTokenView(OnTicket):
    """A token, good for a minute, that opens the stream of a ticket's conversation."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        return _stream(self.ticket(act.by), request, act)


@extend_schema(request=Nothing, responses=TypingRow)
class OwnTypingView(OnOwnChat):
    """Tell whoever watches that the asker is typing. It is a hint: nothing keeps it."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        return _typing(self.ticket(act.by), request, act)


@extend_schema(request=Nothing, responses=TypingRow)
class TypingView(OnTicket):
    """Tell whoever watches that the asker is typing. It is a hint: nothing keeps it."""

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        return _typing(self.ticket(act.by), request, act)


class AvailabilityView(TicketScopes, ActingPost):
    """Whether one takes chats: each agent for themself."""

    is_for_staff: ClassVar[bool] = True

    @extend_schema(responses=AvailabilityRow)
    def get(self, request: Request) -> Response:
        """Whether the asker takes chats, until when, and whether anybody does."""
        at = timezone.now()
        return Response(_availability(ChatAgent.objects.filter(person=self.reader).first(), at))

    @extend_schema(request=SetAvailable, responses=AvailabilityRow)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take chats for as long as the chat rule says, or stop."""
        return super().post(request, **kwargs)

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        return Answer(_availability(set_available(**SetAvailable.take(request), by=act.by, at=act.at), act.at))


def _read(ticket: Ticket, request: Request, act: Act) -> Answer:
    mark = mark_read(ticket, **MarkRead.take(request), by=act.by, at=act.at)
    return Answer({"voice": mark.voice, "up_to": mark.up_to, "at": mark.at})


def _stream(ticket: Ticket, request: Request, act: Act) -> Answer:
    Nothing.take(request)
    return Answer(open_stream(ticket, by=act.by, at=act.at), 201)


def _typing(ticket: Ticket, request: Request, act: Act) -> Answer:
    Nothing.take(request)
    say_typing(ticket, by=act.by)
    return Answer({"typing": True})


def _availability(agent: ChatAgent | None, at: datetime) -> dict[str, Any]:
    is_available = agent is not None and agent.is_available(at)
    return {
        "available": is_available,
        "available_until": agent.available_until if agent and is_available else None,
        "somebody_is": desk_is_available(at),
    }
