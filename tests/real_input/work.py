"""People work: agents answer, escalate, hold, resolve; customers answer back; all over HTTP by their tokens."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from tests.real_input.api import Client
from tests.real_input.arrive import ASKERS
from tests.real_input.desk import token_of

AGENTS = {"tier1@financy.example": 1, "tier2@financy.example": 2, "commander@financy.example": 3}
ANSWERS = {
    "en": "Thank you for writing. I have looked at your account and need a moment to check one thing with our records.",
    "pt": "Obrigado por escrever. Já olhei a sua conta e preciso de um momento para conferir um detalhe nos registros.",
    "es": "Gracias por escribirnos. He revisado su cuenta y necesito un momento para comprobar un detalle.",
}
SOLVED = {
    "en": ("The matter is settled.", "Checked the record and corrected it.", "The check runs every night from now on."),
    "pt": ("O assunto está resolvido.", "Conferimos e corrigimos o registro.", "A conferência passa a ser diária."),
    "es": ("El asunto está resuelto.", "Revisamos y corregimos el registro.", "La revisión se hará cada noche."),
}
BACK = {
    "en": "I am afraid it is still the same.",
    "pt": "Infelizmente continua igual.",
    "es": "Por desgracia sigue igual.",
}
# Handbook: a trigger of the tier, and what goes along to the next one.
HAND_OVER: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "Technical issues beyond basic troubleshooting",
        (
            "Detailed issue description",
            "Customer impact assessment",
            "Troubleshooting steps already taken",
            "Customer communication log",
            "Relevant system information",
        ),
    ),
    2: (
        "Code-level issues requiring development",
        (
            "Technical analysis summary",
            "Log files and error traces",
            "Reproduction steps",
            "Impact scope assessment",
            "Proposed investigation approach",
        ),
    ),
}


def work_over_http(base: str, share: int) -> Counter[str]:
    """Each agent takes ``share`` tickets of their tier, then customers come back on some; counts by what was done."""
    with ThreadPoolExecutor(len(AGENTS)) as pool:
        done = sum(pool.map(lambda who: _agent(base, *who, share), AGENTS.items()), Counter[str]())
    with ThreadPoolExecutor(len(ASKERS)) as pool:
        return sum(pool.map(lambda who: _customer(base, *who), ASKERS.items()), done)


def _agent(base: str, email: str, tier: int, share: int) -> Counter[str]:
    client, done = Client(base, token_of(email)), Counter[str]()
    for number, ticket in enumerate(_queue(client, tier, share)):
        path = f"tickets/{ticket['reference']}"
        _do(done, client, f"{path}/replies/", {"body": ANSWERS[ticket["language"]]}, f"answered in tier {tier}")
        if number % 3 == 0:
            summary, actions, prevention = SOLVED[ticket["language"]]
            solved = {"summary": summary, "actions_taken": actions, "prevention_measures": prevention}
            _do(done, client, f"{path}/resolve/", solved, f"resolved in tier {tier}")
        elif number % 10 == 1 and tier in HAND_OVER:
            trigger, items = HAND_OVER[tier]
            handed = dict.fromkeys(items, "As written in the ticket and its notes.")
            body = {"trigger": trigger, "reason": "Needs more than this tier knows.", "handoff": handed}
            _do(done, client, f"{path}/escalate/", body, f"escalated from tier {tier}")
        elif number % 10 == 2:
            _do(done, client, f"{path}/hold/", {"reason": "customer"}, f"put on hold in tier {tier}")
        elif number % 10 == 4:
            _do(done, client, f"{path}/notes/", {"body": "Looks like the others of this morning."}, "noted")
        elif number % 10 == 5:
            _do(done, client, f"{path}/progress/", _progress(ticket["created_at"]), "told how far it is")
    return done


def _customer(base: str, email: str, language: str) -> Counter[str]:
    """Comes back on tickets that were answered: on held ones (which go on) and resolved ones (which start again)."""
    client, done = Client(base, token_of(email)), Counter[str]()
    own = client.get("customers/")["results"][0]["id"]  # colleagues' tickets are seen too, but not answered
    for status in ("resolved", "on_hold"):
        page = client.get("tickets/", status=status, page_size=100)
        for ticket in [one for one in page["results"] if one["customer"]["id"] == own][::2]:
            answer = client.post(f"tickets/{ticket['reference']}/replies/", {"body": BACK[language]})
            done[
                f"customers came back on {status.replace('_', ' ')}" if answer.status == 201 else f"{answer.status}"
            ] += 1
    return done


def _queue(client: Client, tier: int, share: int) -> list[dict[str, Any]]:
    """The first ``share`` new tickets of the tier, in the order of their promises."""
    found: list[dict[str, Any]] = []
    page = client.get("tickets/", ordering="next_due_at", tier=tier, status="new", page_size=100)
    while True:
        found += page["results"]
        if len(found) >= share or not page["next"]:
            return found[:share]
        page = client.get(page["next"].partition("/api/v1/")[2])


def _progress(created_at: str) -> dict[str, str]:
    estimate = datetime.fromisoformat(created_at) + timedelta(days=2)
    return {
        "details": "The cause is known.",
        "next_steps": "A colleague corrects it and looks again tomorrow.",
        "estimated_resolution": estimate.isoformat(),
    }


def _do(done: Counter[str], client: Client, path: str, body: dict[str, Any], what: str) -> None:
    answer = client.post(path, body)
    done[what if answer.status < 300 else f"{what}: refused {answer.status} {answer.data.get('code')}"] += 1
