"""The reply guard: words to a customer are looked at once more, and what is doubtful is asked about before they go."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum

from django.db.models import Q
from django.utils.translation import gettext as _

from communications.compose import PLACEHOLDER
from communications.language_of import language_of
from communications.models import Message
from financy_support.desk.audit.acting import acting, current_act
from financy_support.desk.errors import Conflict, Problem
from financy_support.desk.people.language import Language
from financy_support.desk.people.team import Team
from financy_support.desk.people.user import User, UserKind
from tickets.models import Escalation, Reply, Ticket, Voice

# What a template or a hurried writer leaves behind: {name}, {{ name }}, [START_TIME], <first_name>, TODO, XXX.
LEFT_BEHIND = re.compile(
    r"\{\{?[^{}\n]{0,60}\}?\}|\[\w+_\w+\]|<[a-z]+(?:[_ ][a-z]+)+>|\b(?:TODO|TBD|XXX+|FIXME)\b|\blorem ipsum\b"
)
MENTION = re.compile(r"(?<![\w.@/])@([a-z][\w.-]*\w)", re.IGNORECASE)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
EVERYBODY = frozenset({"agent", "agents", "team", "here", "channel", "all", "everyone", "support"})
# Words of the desk about itself, in its three languages.
INSIDE_WORDS = re.compile(
    r"\btier[ _-]?[1-4]\b|\binternal (?:note|only)\b|\bnotas? internas?\b|\b(?:somente|só|solo|sólo) (?:uso )?interno\b"
    r"|\bhandoff\b|\brunbook\b|\b(?:do not|don't|don’t) tell the customer\b"
    r"|\bnão (?:diga|conte|informe)\w* (?:a[o]? )?cliente\b|\bno (?:le )?(?:diga|cuente|informe)\w* al cliente\b",
    re.IGNORECASE,
)
ANSWERS = ("agent_reply", "progress_update", "resolution_notification")
TELLING = 30  # characters from which a line of an internal text is recognised in a reply
NOTES_READ = 100


class Doubt(Enum):
    """What is asked about before words go out; its value is the code that confirms it."""

    LEFTOVER = "leftover"
    UNSEEN = "unseen"
    INTERNAL = "internal"
    LANGUAGE = "language"


DOUBTS = tuple(doubt.value for doubt in Doubt)


class NeedsConfirmation(Conflict):
    """Nothing was sent: each problem is one doubt, and the same call with its code in ``confirm`` goes through."""

    code, title = "needs_confirmation", "Are you sure?"

    def __init__(self, doubts: list[Problem]) -> None:
        codes = list(dict.fromkeys(one.code for one in doubts))
        said = " ".join(one.detail for one in doubts)
        super().__init__(
            f"Nothing was sent. {said} Send it again with confirm: {codes} if you mean it.", problems=doubts
        )


@contextmanager
def knowingly(
    ticket: Ticket,
    *,
    words: Mapping[str, str],
    facts: Mapping[str, str] | None = None,
    inside: Iterable[str] = (),
    seen: int | None = None,
    is_answer: bool = True,
    confirm: Collection[str],
    by: User,
) -> Iterator[None]:
    """Let ``words`` (by field) of a locked ticket go out only when nothing about them is in doubt, or it was confirmed.

    ``facts`` go out where the words leave something empty; ``inside`` are texts for staff that come with the same call.
    ``seen`` is the id of the newest reply that the writer saw; left out, it is asked about when the customer wrote more
    than once since they were last answered, for the answer may be to the first alone. Words that are no answer
    (``is_answer``) need have seen nothing. Customers are never asked, nor is the desk itself. What was confirmed joins
    the history as the reason of the changes inside.
    Raises NeedsConfirmation naming each doubt. Source: issue 'Reply guard'.
    """
    said = {**words, **{name: text for name, text in (facts or {}).items() if not words.get(name, "").strip()}}
    is_asked = by.kind not in (UserKind.CUSTOMER, UserKind.SYSTEM)
    doubts = doubts_about(ticket, words=said, seen=seen, inside=inside) if is_asked else []
    doubts = [one for one in doubts if is_answer or one.code != Doubt.UNSEEN.value]
    unconfirmed = [one for one in doubts if one.code not in confirm]
    if unconfirmed:
        raise NeedsConfirmation(unconfirmed)
    act, codes = current_act(by), ", ".join(dict.fromkeys(one.code for one in doubts))
    reason = f"{act.reason} (sent knowingly: {codes})".strip() if codes else ""
    with acting(by=by, channel=act.channel, reason=reason):
        yield


def doubts_about(
    ticket: Ticket, *, words: Mapping[str, str], seen: int | None, inside: Iterable[str] = ()
) -> list[Problem]:
    """Every doubt, at its field."""
    return [
        *_leftovers(words),
        *_unseen(ticket, seen, next(iter(words), "")),
        *_internal(ticket, words, inside),
        *_language(ticket, words),
    ]


def _leftovers(words: Mapping[str, str]) -> Iterator[Problem]:
    for field, text in words.items():
        found = [match[0] for pattern in (PLACEHOLDER, LEFT_BEHIND) for match in pattern.finditer(text)]
        if found:
            quoted = ", ".join(f"“{one}”" for one in dict.fromkeys(found))
            detail = _("%s looks like a place that was to be filled in.") % quoted
            yield Problem(field, Doubt.LEFTOVER.value, detail)


def _unseen(ticket: Ticket, seen: int | None, field: str) -> Iterator[Problem]:
    said = Reply.objects.filter(ticket=ticket, voice=Voice.CUSTOMER, is_internal=False).order_by("-id")
    if seen is not None:
        newer = list(said.filter(id__gt=seen).values_list("id", "body")[:1])
    elif ticket.last_word_by == Voice.CUSTOMER:
        answers = Message.objects.filter(about_label="tickets.ticket", about_id=ticket.pk, purpose__in=ANSWERS)
        answered_at = answers.order_by("-id").values_list("created_at", flat=True).first()
        unanswered = said.filter(created_at__gt=answered_at) if answered_at else said
        newer = list(unanswered.values_list("id", "body")[:2])
        newer = newer[:1] if len(newer) > 1 else []
    else:
        newer = []
    for number, body in newer:
        detail = _("%(who)s wrote meanwhile: “%(words)s” (reply %(id)d).") % {
            "who": ticket.customer, "words": " ".join(body[:200].split()), "id": number,
        }  # fmt: skip
        yield Problem(field, Doubt.UNSEEN.value, detail)


def _internal(ticket: Ticket, words: Mapping[str, str], inside: Iterable[str]) -> Iterator[Problem]:
    known = _known_inside(words.values())
    lines = _lines_inside(ticket, inside)
    for field, text in words.items():
        plain = _plain(text)
        found = [
            *(match[0] for match in MENTION.finditer(text) if match[1].lower() in known),
            *(match[0] for match in ADDRESS.finditer(text) if match[0].lower() in known),
            *(match[0] for match in INSIDE_WORDS.finditer(text)),
            *(line for line in lines if line in plain),
        ]
        if found:
            quoted = ", ".join(f"“{one[:80]}”" for one in dict.fromkeys(found))
            yield Problem(field, Doubt.INTERNAL.value, _("%s is for the team, not for the customer.") % quoted)


def _known_inside(texts: Iterable[str]) -> frozenset[str]:
    """Which of the names and addresses in ``texts`` are of the desk's own people; asks only when there are any."""
    joined = "\n".join(texts).lower()
    names, addresses = set(MENTION.findall(joined)), set(ADDRESS.findall(joined))
    if not names and not addresses:
        return frozenset()
    staff = User.objects.filter(Q(kind=UserKind.AGENT) | Q(is_superuser=True) | Q(kind=UserKind.EDITOR))
    known = set(EVERYBODY)
    for email, name in staff.values_list("email", "name"):
        known |= {email.lower(), email.lower().partition("@")[0], name.lower(), name.lower().partition(" ")[0]}
    if names:
        known |= {one.lower() for pair in Team.objects.values_list("slug", "name") for one in pair}
    return frozenset(known & (names | addresses))


def _lines_inside(ticket: Ticket, coming: Iterable[str]) -> list[str]:
    """Lines of internal notes, reasons and handoffs, long enough to be known again, that were never said in public."""
    replies = Reply.objects.filter(ticket=ticket).order_by("-id").values_list("is_internal", "body")[:NOTES_READ]
    said = list(replies)
    inside = [*coming, *(body for is_internal, body in said if is_internal)]
    if ticket.tier_id > 1 or inside:
        for reason, handoff in Escalation.objects.filter(ticket=ticket).values_list("reason", "handoff"):
            inside += [reason, *(str(text) for text in handoff.values())]
    in_public = _plain("\n".join(body for is_internal, body in said if not is_internal)) if inside else ""
    lines = {_plain(line) for text in inside for line in re.split(r"\n|(?<=[.!?]) ", text)}
    return sorted(line for line in lines if len(line) >= TELLING and line not in in_public)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _language(ticket: Ticket, words: Mapping[str, str]) -> Iterator[Problem]:
    written_in = language_of("\n".join(words.values()))
    if written_in in ("", ticket.language):
        return
    last = Reply.objects.filter(ticket=ticket, voice=Voice.CUSTOMER, is_internal=False).order_by("-id")
    if language_of(last.values_list("body", flat=True).first() or "") == written_in:
        return  # they wrote in it themselves
    names = {code: str(name) for code, name in Language.choices}
    detail = _("This is written in %(written)s; %(who)s reads %(reads)s.") % {
        "written": names[written_in], "who": ticket.customer, "reads": names[ticket.language],
    }  # fmt: skip
    yield Problem(next(iter(words), ""), Doubt.LANGUAGE.value, detail)
