"""set_available: an agent says that they take chats, or no more."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.user import User
from tickets.models import ChatAgent
from tickets.policy import policy


def set_available(*, available: bool, by: User, at: datetime) -> ChatAgent:
    """Take chats for as long as the chat rule says, or stop; always on one's own account. Raises NotAllowed."""
    current_act(by)
    if not by.is_agent:
        raise NotAllowed("Only agents take chats.")
    until = at + policy().chat.available_for if available else None
    agent, _ = ChatAgent.objects.get_or_create(person=by, defaults={"available_until": until})
    if agent.available_until != until:
        agent.available_until = until
        agent.save(update_fields=["available_until"])
    return agent
