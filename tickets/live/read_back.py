"""What is read back for streams, without the ORM, for all watched tickets at once: lines by ``id >``, how it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from psycopg import AsyncConnection

MOST_LINES = 200  # of one ticket in one look; more follow in the next

# Every verb locks the ticket before it writes words, so the ids of one ticket's words are committed in their order.
LINES = """
    SELECT watched.ticket_id, line.* FROM unnest(%(tickets)s::bigint[], %(replies)s::bigint[], %(messages)s::bigint[])
        AS watched(ticket_id, reply, message)
    CROSS JOIN LATERAL (
        (SELECT 'reply' AS kind, said.id, said.voice, said.is_internal, said.body, said.created_at, person.name,
            (SELECT count(*) FROM tickets_attachment WHERE reply_id = said.id) AS files
        FROM tickets_reply said JOIN desk_user person ON person.id = said.author_id
        WHERE said.ticket_id = watched.ticket_id AND said.id > watched.reply ORDER BY said.id LIMIT %(most)s)
        UNION ALL
        (SELECT 'notice', notice.id, 'desk', false, notice.body, notice.created_at, '', 0
        FROM communications_message notice
        WHERE notice.about_label = 'tickets.ticket' AND notice.about_id = watched.ticket_id
            AND notice.id > watched.message AND notice.channel = 'in_app_chat' AND notice.purpose <> 'agent_reply'
        ORDER BY notice.id LIMIT %(most)s)
    ) line
    ORDER BY line.kind DESC, line.id
"""
STANDING = """
    SELECT ticket.id, ticket.status, ticket.version,
        ticket.customer_id, ticket.assignee_id, ARRAY[ticket.tier_id, ticket.team_id, ticket.is_security::int],
        (SELECT coalesce(jsonb_object_agg(voice, up_to), '{}') FROM tickets_readmark WHERE ticket_id = ticket.id),
        (SELECT coalesce(jsonb_agg(DISTINCT voice), '[]') FROM tickets_chatpresence
            WHERE ticket_id = ticket.id AND here_until > now())
    FROM tickets_ticket ticket WHERE ticket.id = ANY(%(tickets)s)
"""
ACTIVE = "SELECT id FROM desk_user WHERE id = ANY(%(people)s) AND is_active"
NOTE_HERE = """
    INSERT INTO tickets_chatpresence (ticket_id, person_id, voice, here_until)
    SELECT ticket, person, voice, now() + %(lease)s
    FROM unnest(%(tickets)s::bigint[], %(people)s::bigint[], %(voices)s::text[]) AS here(ticket, person, voice)
    ON CONFLICT (ticket_id, person_id) DO UPDATE SET here_until = excluded.here_until
"""


class Line(NamedTuple):
    """One reply, note, or notice of the desk."""

    ticket: int
    kind: str
    id: int
    voice: str
    is_internal: bool
    body: str
    created_at: Any
    author: str
    files: int


class Standing(NamedTuple):
    """How a conversation stands: what streams show, and in whose hands it is, which decides who may see it."""

    ticket: int
    status: str
    version: int
    customer: int
    assignee: int | None
    reach: list[int]
    read: dict[str, int]
    here: list[str]

    def hands(self, voice: str, person: int) -> Hands:
        """What lets ``person`` see it: to customers whose it is, to agents tier, team, secrecy, and being assigned."""
        if voice == "customer":
            return Hands((self.customer,), False)
        return Hands(tuple(self.reach), self.assignee == person)


class Hands(NamedTuple):
    """Compared with what it was when a stream was opened; being assigned since then takes nothing away."""

    reach: tuple[int, ...]
    is_assigned: bool

    def still_hold(self, now: Hands) -> bool:
        return self.reach == now.reach and (now.is_assigned or not self.is_assigned)


async def lines_after(connection: AsyncConnection[Any], places: Mapping[int, tuple[int, int]]) -> list[Line]:
    """Words of each ticket after its place (last reply, last notice): of each kind in the order of their ids, as places
    go. By time a line whose act began earlier and got the ticket later would be passed over; readers sort by time."""
    facts = {
        "tickets": list(places),
        "replies": [reply for reply, _ in places.values()],
        "messages": [message for _, message in places.values()],
        "most": MOST_LINES,
    }
    return [Line(*row) for row in await (await connection.execute(LINES, facts)).fetchall()]


async def standing_of(connection: AsyncConnection[Any], tickets: Collection[int]) -> list[Standing]:
    """Status, read marks and presence of each ticket."""
    return [Standing(*row) for row in await (await connection.execute(STANDING, {"tickets": list(tickets)})).fetchall()]


async def active_people(connection: AsyncConnection[Any], people: Collection[int]) -> set[int]:
    """Those of ``people`` whose log-in is still open."""
    return {pk for (pk,) in await (await connection.execute(ACTIVE, {"people": list(people)})).fetchall()}


async def note_here(
    connection: AsyncConnection[Any], seats: Collection[tuple[int, int, str]], lease: timedelta
) -> None:
    """Renew, or shorten, the leases of (ticket, person, voice)."""
    tickets, people, voices = (list(column) for column in zip(*sorted(seats), strict=True))
    await connection.execute(NOTE_HERE, {"tickets": tickets, "people": people, "voices": voices, "lease": lease})
