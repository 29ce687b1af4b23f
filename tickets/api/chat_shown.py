"""A chat as its customer sees it: lines of both sides and notices of the desk, in the order in which they were said."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Any

from communications.models import Message
from tickets.chat import desk_is_available
from tickets.models import CHAT, ChatPresence, ReadMark, Reply, Ticket
from tickets.workflow.start_chat import ChatLogIn

MOST_LINES = 200  # the newest; older ones stand in the ticket
ABOUT = "tickets.ticket"


def conversation_shown(ticket: Ticket | None, *, at: datetime) -> dict[str, Any]:
    """Everything that the widget starts with; ``place`` is where the stream goes on (``after=``)."""
    conversation: dict[str, Any] = {"reference": None, "status": None, "lines": [], "place": "0.0", "read": {}}
    if ticket is not None:
        lines = [*_replies(ticket), *_notices(ticket)]
        here = ChatPresence.objects.filter(ticket=ticket, here_until__gt=at)
        conversation = {
            "reference": ticket.reference,
            "status": ticket.status,
            "lines": sorted(lines, key=itemgetter("created_at", "id")),
            "place": ".".join(str(_last(lines, kind)) for kind in ("reply", "notice")),
            "read": dict(ReadMark.objects.filter(ticket=ticket).values_list("voice", "up_to")),
            "here": sorted(set(here.values_list("voice", flat=True))),
        }
    return {"here": [], **conversation, "available": desk_is_available(at)}


def line_shown(reply: Reply) -> dict[str, Any]:
    """One reply as a line."""
    return {
        "kind": "reply",
        "id": reply.pk,
        "voice": reply.voice,
        "author": reply.author.name,
        "body": reply.body,
        "created_at": reply.created_at,
    }


def chat_log_in_shown(log_in: ChatLogIn) -> dict[str, Any]:
    """The token, this once."""
    return {"token": log_in.secret, "expires_at": log_in.expires_at}


def _replies(ticket: Ticket) -> list[dict[str, Any]]:
    said = Reply.objects.filter(ticket=ticket, is_internal=False).select_related("author").defer("words")
    return [line_shown(reply) for reply in said.order_by("-id")[:MOST_LINES]]


def _notices(ticket: Ticket) -> list[dict[str, Any]]:
    said = Message.objects.filter(about_label=ABOUT, about_id=ticket.pk)
    notices = said.filter(channel=CHAT).exclude(purpose="agent_reply")
    return [
        {
            "kind": "notice",
            "id": notice.pk,
            "voice": "desk",
            "author": "",
            "body": notice.body,
            "created_at": notice.created_at,
        }
        for notice in notices.order_by("-id")[:MOST_LINES]
    ]


def _last(lines: list[dict[str, Any]], kind: str) -> int:
    return max((line["id"] for line in lines if line["kind"] == kind), default=0)
