"""What the ticket page shows: the conversation in order, the promises, the customer, the files, the verbs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from communications.models import Delivery, DeliveryState, InboundMail, Message
from communications.news import PURPOSE as WEBHOOK
from financy_support.admin_history import ActShown, acts_on
from financy_support.desk.people.user import User
from financy_support.desk.time.deadline import DeadlineState
from knowledge.help_centre.shelves import address
from knowledge.search.find import Hit
from knowledge.search.for_ticket import help_for
from tickets.admin.forms import VerbForm
from tickets.admin.queue import DUE_KINDS, due_shown, short_span
from tickets.admin.verbs import ACTS, WORDS
from tickets.models import (
    CHAT,
    Attachment,
    ChatAgent,
    ChatVisitor,
    Escalation,
    FollowUp,
    ReadMark,
    Reply,
    Status,
    Ticket,
    TicketDeadline,
    Voice,
)

WORDS_SHOWN, PAST_SHOWN, ACTS_SHOWN = 200, 6, 8
ABOUT = "tickets.ticket"
ANSWER = "agent_reply"
# What the queue columns say follows from deadlines and replies; the version only counts.
FOLLOWS = (
    "version", "next_due_at", "next_warn_at", "next_due_kind", "next_look_at", "last_word_by", "last_word_at", "ticket",
    "warn_at", "warned_at", "warn_percent", "kind",
)  # fmt: skip
TONES = {
    DeadlineState.BREACHED: "breached",
    DeadlineState.AT_RISK: "at_risk",
    DeadlineState.RUNNING: "fine",
    DeadlineState.PAUSED: "paused",
    DeadlineState.MET: "met",
    DeadlineState.CANCELLED: "done",
}
DELIVERED = {
    DeliveryState.QUEUED: "paused",
    DeliveryState.SENDING: "paused",
    DeliveryState.DELIVERED: "met",
    DeliveryState.DEAD: "breached",
}


@dataclass
class Said:
    """One entry of the conversation: whose words, how they are set apart, and how their delivery went."""

    kind: str
    who: str
    at: datetime
    body: str
    label: str = ""
    subject: str = ""
    anchor: str = ""
    is_folded: bool = False
    files: list[Attachment] = field(default_factory=list)
    deliveries: list[tuple[str, Delivery]] = field(default_factory=list)
    seen_at: datetime | None = None
    mail: InboundMail | None = None


@dataclass(frozen=True)
class Promise:
    """One deadline as it stands: a tone, a word, a bar of the used share, and the time left."""

    name: str
    tone: str
    word: str
    left: str
    used: int
    due_at: datetime | None
    source: str
    target: str


@dataclass(frozen=True)
class Button:
    """One verb: its form, whether that is open, and why the verb would refuse now."""

    form: VerbForm
    why_not: str
    is_open: bool


def page_of(
    ticket: Ticket, *, user: User, at: datetime, refused: VerbForm | None = None, everything: bool = False
) -> dict[str, Any]:
    """Everything the page needs, in a bounded number of statements; called inside an act, for the policy in force.

    ``refused`` is the form that a verb has just refused: it is shown open, with its words and its problems.
    """
    limit = WORDS_SHOWN if not everything else WORDS_SHOWN * 25
    said = conversation(ticket, limit)
    deadlines = list(
        ticket.deadlines.select_related("calendar")
        .prefetch_related("calendar__opening_hours", "calendar__holidays")
        .order_by("id")
    )
    escalations = list(ticket.escalations.select_related("from_team", "to_team", "by").order_by("-id"))
    return {
        "ticket": ticket,
        "at": at,
        "due": due_shown(ticket, at),
        "said": said,
        "has_earlier": len(said) >= limit,
        "last_said": last_said(ticket),
        **live_part(ticket, user, at),
        "promises": [promise_shown(one, at) for one in deadlines if one.cycle == ticket.cycle and not one.cancelled_at],
        "past_promises": [promise_shown(one, at) for one in deadlines if one.cycle != ticket.cycle or one.cancelled_at],
        "escalations": escalations,
        "follow_ups": list(ticket.follow_ups.select_related("owner")),
        "ratings": list(ticket.ratings.all()),
        "files": list(Attachment.objects.filter(ticket=ticket).select_related("by").order_by("-id")[:WORDS_SHOWN]),
        "articles": articles_for(ticket, at),
        "customer": ticket.customer,
        "customer_now": at.astimezone(ZoneInfo(ticket.customer.time_zone)),
        "past_tickets": [(one, due_shown(one, at)) for one in past_tickets(ticket, user)],
        "acts": ticket_acts(ticket, deadlines, escalations, limit=60, is_brief=True)[:ACTS_SHOWN],
        **buttons(ticket, user, refused),
    }


def articles_for(ticket: Ticket, at: datetime) -> list[tuple[Hit, str]] | None:
    """What may answer it, in the customer's language, with where customers read it; None once it is closed."""
    if ticket.status == Status.CLOSED:
        return None
    # an answer leads customers to nothing that they cannot open: the public's articles, whoever asks
    hits = help_for(ticket.subject, ticket.first_words, ticket.language, reader=None, at=at)
    return [(hit, f"{settings.DESK_BASE_URL}{address(ticket.language, hit.slug)}") for hit in hits]


def conversation(ticket: Ticket, limit: int) -> list[Said]:
    """Replies, notes and the messages about the ticket, oldest first; an answer carries the fate of its message."""
    replies = list(
        ticket.replies.select_related("author").prefetch_related("attachments").defer("words").order_by("-id")[:limit]
    )
    messages = list(
        Message.objects.filter(about_label=ABOUT, about_id=ticket.pk)
        .exclude(purpose=WEBHOOK)  # what tools hear is no part of the conversation
        .select_related("by").prefetch_related("deliveries").order_by("-id")[:limit]
    )  # fmt: skip
    answers = {(one.created_at, one.by_id): one for one in messages if one.purpose == ANSWER}
    read = ticket.read_marks.filter(voice=Voice.CUSTOMER).first() if ticket.channel == CHAT else None
    mails = {
        one.reply_id: one for one in InboundMail.objects.filter(about_label=ABOUT, about_id=ticket.pk).defer("why")
    }
    said = [_reply(one, answers.pop((one.created_at, one.author_id), None), read) for one in replies]
    for one, reply in zip(said, replies, strict=True):
        one.mail = mails.get(reply.pk)
    said += [_message(one) for one in messages if one.purpose != ANSWER]
    return sorted(said, key=lambda one: one.at)[-limit:]


def last_said(ticket: Ticket) -> int:
    """The id of the newest words: a reply written to an older page is held back until its writer has seen them."""
    newest = ticket.replies.order_by("-id").values_list("pk", flat=True).first()
    return newest or 0


def last_said_by_staff(ticket: Ticket) -> int:
    """The id of the newest words of the desk's own people, notes included."""
    newest = ticket.replies.filter(voice=Voice.AGENT).order_by("-id").values_list("pk", flat=True).first()
    return newest or 0


def place_in(ticket: Ticket) -> str:
    """Where the stream goes on after this page: the last reply and the last message."""
    newest = Message.objects.filter(about_label=ABOUT, about_id=ticket.pk).order_by("-id").values_list("pk", flat=True)
    return f"{last_said(ticket)}.{newest.first() or 0}"


def live_part(ticket: Ticket, user: User, at: datetime) -> dict[str, Any]:
    """What a chat's page has besides: where its stream goes on, who asks unproven, whether the agent takes chats."""
    if ticket.channel != CHAT:
        return {}
    agent = ChatAgent.objects.filter(person=user).first()
    name = ticket.customer.name
    return {
        "place": place_in(ticket),
        "visitor": ChatVisitor.objects.filter(person=ticket.opened_by_id).first(),
        "takes_chats_until": agent.available_until if agent and agent.is_available(at) else None,
        "live_words": json.dumps(
            {
                "here": _("%s is in the chat.") % name,
                "away": _("%s is not in the chat: your answer goes by mail.") % name,
                "typing": _("%s is typing…") % name,
                "offline": _("The live line is interrupted; it comes back by itself, and a reload shows everything."),
            }
        ),
    }


def promise_shown(deadline: TicketDeadline, at: datetime) -> Promise:
    """How one promise reads: what is used of it, what is left."""
    state, target = deadline.state(at), deadline.target
    left = deadline.time_left(at) if deadline.is_open else timedelta()
    is_kept_late = bool(deadline.met_at and deadline.breached_at)
    used = 100 if left <= timedelta() or not target else round(100 * (1 - left / target))
    return Promise(
        name=str(DUE_KINDS.get(deadline.kind, deadline.kind))
        + (_(", tier %d") % deadline.tier_id if deadline.tier_id else ""),
        tone="at_risk" if is_kept_late else TONES[state],
        word=_("kept late") if is_kept_late else str(state.label),
        left=_left(deadline, state, left),
        used=max(0, min(100, used)),
        due_at=deadline.due_at,
        source=deadline.policy_source,
        target=short_span(target),
    )


def past_tickets(ticket: Ticket, user: User) -> Iterable[Ticket]:
    """The customer's other tickets, as far as the agent may see them."""
    others = Ticket.objects.visible_to(user).filter(customer=ticket.customer_id).exclude(pk=ticket.pk)
    return others.order_by("-id")[:PAST_SHOWN]


def ticket_acts(
    ticket: Ticket,
    deadlines: Iterable[TicketDeadline],
    escalations: Iterable[Escalation],
    *,
    limit: int,
    is_brief: bool = False,
) -> list[ActShown]:
    """The ticket's story: its own changes, its promises' and its escalations', act by act."""
    records = {
        Ticket: [ticket.pk],
        TicketDeadline: [one.pk for one in deadlines],
        Escalation: [one.pk for one in escalations],
        FollowUp: list(ticket.follow_ups.values_list("pk", flat=True)),
    }
    return acts_on(records, limit=limit, leave_out=FOLLOWS, is_brief=is_brief)


def buttons(ticket: Ticket, user: User, refused: VerbForm | None) -> dict[str, list[Button]]:
    """The forms for words and the forms for acts; a refused one keeps what was typed."""

    def shown(forms: Iterable[type[VerbForm]]) -> Iterator[Button]:
        for form in forms:
            is_refused = refused is not None and refused.verb == form.verb
            kept = refused if refused is not None and is_refused else form(ticket=ticket, user=user)
            yield Button(kept, form.why_not(ticket, user), is_refused)

    words, acts = list(shown(WORDS)), list(shown(ACTS))
    is_any_open = any(button.is_open for button in words)
    first = next((one for one in words if not one.why_not), words[-1])
    if not is_any_open:
        words = [Button(one.form, one.why_not, one is first) for one in words]
    return {"words": words, "acts_offered": acts}


def _reply(reply: Reply, answer: Message | None, read: ReadMark | None) -> Said:
    kind = "note" if reply.is_internal else "customer" if reply.voice == Voice.CUSTOMER else "agent"
    label = {"note": _("internal note"), "customer": _("customer"), "agent": _("reply")}[kind]
    return Said(
        kind=kind,
        who=str(reply.author),
        at=reply.created_at,
        body=reply.body,
        label=_("question") if reply.is_opening else label,
        subject=""
        if reply.body.startswith(reply.subject.rstrip("…"))
        else reply.subject,  # a chat's is its first words
        anchor=f"words-{reply.pk}",
        files=list(reply.attachments.all()),
        deliveries=_fates(answer),
        seen_at=read.at if read and kind == "agent" and reply.pk <= read.up_to else None,
    )


def _message(message: Message) -> Said:
    return Said(
        kind="message",
        who=_("the desk") if message.is_automatic else str(message.by),
        at=message.created_at,
        body=message.body,
        label=message.purpose.replace("_", " "),
        subject=message.subject,
        anchor=f"message-{message.pk}",
        is_folded=message.is_automatic,
        deliveries=_fates(message),
    )


def _fates(message: Message | None) -> list[tuple[str, Delivery]]:
    return (
        [(DELIVERED.get(DeliveryState(one.state), "paused"), one) for one in message.deliveries.all()]
        if message
        else []
    )


def _left(deadline: TicketDeadline, state: DeadlineState, left: timedelta) -> str:
    if deadline.cancelled_at:
        return deadline.cancel_reason
    if deadline.met_at:
        kept = _("kept in %s") % short_span(deadline.met_at - deadline.started_at)
        late = deadline.breached_at and deadline.met_at - deadline.breached_at
        return _("kept %s late") % short_span(late) if late else kept
    if state == DeadlineState.BREACHED:
        return _("%s late") % short_span(left)
    if state == DeadlineState.PAUSED:
        return _("%s left when it runs again") % short_span(left)
    return _("%s left") % short_span(left)
