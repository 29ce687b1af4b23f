"""Role × route × object: every API door, knocked at by everybody, with every kind of object (design §10, R4)."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from communications.models import Delivery, DeliveryState, Message, WebhookEndpoint
from communications.workflow.register_webhook import register_webhook
from communications.workflow.send_test_webhook import send_test_webhook
from financy_support.api.scopes import Scope
from financy_support.api.views import DeskView
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.user import User
from knowledge.api import runbooks as runbooks_api
from knowledge.api.revisions import version_of
from knowledge.guide import digest_of, digest_of_runbook
from knowledge.models import Category, Expert, Feedback, Revision, RunbookRevision, Translation
from knowledge.workflow.add_file import add_file
from knowledge.workflow.approve_revision import approve_revision
from knowledge.workflow.assignments import assign_gap
from knowledge.workflow.give_feedback import give_feedback
from knowledge.workflow.keep_learning import add_learning
from knowledge.workflow.submit_revision import submit_revision
from knowledge.workflow.submit_runbook import submit_runbook
from knowledge.workflow.write_article import write_article
from tests.api.conftest import client_with, issue
from tests.cast import Cast
from tests.conftest import NOON
from tests.knowledge.exporting import zendesk
from tests.knowledge.runbooks import GOOD, next_of, numbered, shipped
from tests.knowledge.steps import WORDS, act, in_approval, leave
from tests.make import do, make_ticket
from tickets.files import Upload
from tickets.models import Ticket
from tickets.workflow.reply import reply_to_ticket

# What an address is asked with, where it says nothing without.
ASKED = {"articles/search/": "?q=card", "articles/suggest/": "?q=card"}


@dataclass(frozen=True)
class Hanging:
    """In a body: the number of what hangs on the thing that is knocked for."""

    kind: str

    def number_of(self, thing: Thing) -> int:
        return thing.numbers.get(self.kind, NOBODY_HAS)


FILE = Path(__file__).with_name("matrix.csv")
METHODS = ("get", "post", "put", "patch", "delete")
MISSING = "missing"
NOBODY_HAS = 999_999_999
CRITERION = "Customer request for escalation"
SAY = {"body": "words"}
AT_WORK = "Words that wait"
READ = {"digest": digest_of(**{**WORDS, "title": AT_WORK})}
READ_RUNBOOK = {"digest": digest_of_runbook(**{**GOOD, "steps": numbered(GOOD["steps"])})}
KNOWINGLY = {"confirm": ["unseen"]}  # access is asked about here, not what the reply guard doubts
# What would succeed if the asker may: (route, method) → body. A route without an entry here fails the test.
BODIES: dict[tuple[str, str], Any] = {
    ("tickets/", "post"): {"subject": "s", "description": "d", "customer": "ben@example.com"},
    ("tickets/<str:reference>/", "patch"): {"category": "api"},
    ("tickets/<str:reference>/replies/", "post"): SAY | KNOWINGLY,
    ("tickets/<str:reference>/notes/", "post"): SAY,
    ("tickets/<str:reference>/attachments/", "post"): lambda: {
        "file": SimpleUploadedFile("a.txt", b"a", "text/plain"), **KNOWINGLY,
    },
    ("calls/", "post"): {"direction": "inbound", "number": "+5511987654321", "is_answered": False},
    ("tickets/<str:reference>/calls/", "post"): {"direction": "outbound", "is_answered": True, "notes": "n"},
    ("tickets/<str:reference>/video-calls/", "post"): {
        "starts_at": "2199-01-01T10:00:00Z", "ends_at": "2199-01-01T11:00:00Z", "join_link": "https://meet.example/1",
        "agent": "tom@financy.example",
    },
    ("tickets/<str:reference>/video-calls/<int:number>/reschedule/", "post"): {
        "starts_at": "2199-01-01T10:00:00Z", "ends_at": "2199-01-01T11:00:00Z",
    },
    ("tickets/<str:reference>/video-calls/<int:number>/cancel/", "post"): {"reason": "r"},
    ("tickets/<str:reference>/video-calls/<int:number>/finish/", "post"): {"is_held": False},
    ("tickets/<str:reference>/assign/", "post"): {"assignee": "sam@financy.example"},
    ("tickets/<str:reference>/hold/", "post"): {"reason": "vendor"},
    ("tickets/<str:reference>/resume/", "post"): {},
    ("tickets/<str:reference>/severity/", "post"): {"severity": "low", "reason": "less"},
    ("tickets/<str:reference>/escalate/", "post"): {"to_tier": 4, "reason": "r", "trigger": CRITERION},
    ("tickets/<str:reference>/progress/", "post"): {
        "details": "d", "next_steps": "n", "estimated_resolution": "2199-01-01T00:00:00Z", **KNOWINGLY,
    },
    ("tickets/<str:reference>/resolve/", "post"): {
        "summary": "s", "actions_taken": "a", "prevention_measures": "p", **KNOWINGLY,
    },
    ("tickets/<str:reference>/reopen/", "post"): {"reason": "again"},
    ("tickets/<str:reference>/close/", "post"): {},
    ("tickets/<str:reference>/stream-token/", "post"): {},
    ("tickets/<str:reference>/read/", "post"): {"up_to": NOBODY_HAS},
    ("tickets/<str:reference>/typing/", "post"): {},
    ("chat/lines/", "post"): SAY,
    ("chat/stream-token/", "post"): {},
    ("chat/read/", "post"): {"up_to": NOBODY_HAS},
    ("chat/typing/", "post"): {},
    ("chat/sessions/", "post"): {"email": "ben@example.com"},
    ("chat/visitors/", "post"): {"email": "v@example.org", "name": "Vera"},
    ("chat/availability/", "post"): {"available": True},
    ("tickets/<str:reference>/rate/", "post"): {"score": 5},
    ("tickets/<str:reference>/follow-ups/", "post"): {"what": "call", "due_at": "2199-01-01T00:00:00Z"},
    ("tickets/<str:reference>/follow-ups/<int:number>/complete/", "post"): {"outcome": "called"},
    ("inbound/mail/", "post"): SAY,  # any bytes are a mail
    ("deliveries/<int:number>/resend/", "post"): {"reason": "again"},
    ("webhooks/", "post"): {"url": "https://tools.example.com/new"},
    ("webhooks/<int:number>/", "patch"): {"description": "another"},
    ("webhooks/<int:number>/rotate/", "post"): {},
    ("webhooks/<int:number>/test/", "post"): {},
    ("webhooks/<int:number>/recover/", "post"): {"since": "2026-11-23T00:00:00Z"},
    ("webhooks/deliveries/<int:number>/resend/", "post"): {},
    ("releases/", "post"): {"name": "2026.12.1"},
    ("articles/", "post"): {"category": "features", "title": "A new one"},
    ("articles/import/", "post"): lambda: {
        "source": "zendesk", "file": SimpleUploadedFile("a.json", zendesk({}), "application/json"),
    },
    ("articles/gaps/", "post"): {"words": "split a bill", "language": "en", "to": "eve@financy.example"},
    ("articles/assignments/<int:number>/hand-over/", "post"): {"to": "eve@financy.example"},
    ("articles/assignments/<int:number>/end/", "post"): {"because": "The app does not split bills."},
    ("articles/feedback/", "post"): {"article": Hanging("articles"), "kind": "wrong", "words": "It is blue."},
    ("articles/feedback/<int:number>/answer/", "post"): {"outcome": "planned"},
    ("articles/feedback/<int:number>/merge/", "post"): {"into": Hanging("articles/feedback")},
    ("articles/feedback/<int:number>/link/", "post"): {"revision": Hanging("revisions")},
    ("articles/<int:number>/vote/", "post"): {"stars": 4},
    ("articles/<int:number>/check/", "post"): {},
    ("articles/<int:number>/retire/", "post"): {"because": "b"},
    ("articles/<int:number>/restore/", "post"): {},
    ("articles/<int:number>/files/", "post"): lambda: {"file": SimpleUploadedFile("b.txt", b"b", "text/plain")},
    ("articles/<int:number>/learning/", "post"): {
        "kind": "video", "title": "t", "address": "https://www.loom.com/share/2",
    },
    ("articles/learning/<int:number>/remove/", "post"): {},
    ("revisions/", "post"): {"article": "data-sync-problems", "language": "pt"},
    ("revisions/<int:number>/", "patch"): {"title": "Another"},
    ("revisions/<int:number>/submit/", "post"): {},
    ("revisions/<int:number>/review/", "post"): {**READ, "return_because": "b"},
    ("revisions/<int:number>/checks/", "post"): {
        **READ, "kind": "customer_test", "passed": False, "notes": "It failed for three.",
    },
    ("revisions/<int:number>/approve/", "post"): {**READ, "return_because": "b"},
    ("revisions/<int:number>/publish/", "post"): {**READ, "because": "b"},
    ("revisions/<int:number>/discard/", "post"): {},
    ("runbooks/", "post"): {"issue_type": "general_inquiry", "title": "t", "category": "troubleshooting"},
    ("runbooks/<int:number>/", "patch"): {"title": "Another"},
    ("runbooks/<int:number>/begin/", "post"): {},
    ("runbooks/<int:number>/submit/", "post"): {},
    ("runbooks/<int:number>/review/", "post"): {**READ_RUNBOOK, "return_because": "b"},
    ("runbooks/<int:number>/approve/", "post"): {**READ_RUNBOOK, "return_because": "b"},
    ("runbooks/<int:number>/discard/", "post"): {},
    ("runbooks/<int:number>/retire/", "post"): {"because": "b"},
    ("runbooks/<int:number>/restore/", "post"): {},
    ("trains/<int:number>/depart/", "post"): {},
    ("trains/carriages/<int:number>/return/", "post"): {"because": "b"},
    ("customers/", "post"): {"name": "Nina", "email": "nina@example.com"},
    ("customers/<int:number>/", "patch"): {"language": "es", "time_zone": "Europe/Madrid"},
    ("organisations/", "post"): {"name": "Newcomers Ltd"},
    ("organisations/<int:number>/", "patch"): {"shares_tickets": True},
}  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """One ticket of the matrix with what hangs on it; every address has its parts from here."""

    reference: str
    numbers: dict[str, int]

    def address(self, route: str) -> str:
        number = self.numbers.get(route.partition("/<")[0], NOBODY_HAS)
        return f"/api/v1/{route}".replace("<str:reference>", self.reference).replace("<int:number>", str(number))


@dataclass(frozen=True)
class Knock:
    """One request and its answer."""

    route: str
    method: str
    thing: str
    actor: str
    status: int
    content: bytes

    @property
    def shown(self) -> str:
        """The status, and of a list how many rows it showed."""
        if self.status == 200 and self.content.startswith(b'{"results":'):
            return f"200 ({len(json.loads(self.content)['results'])})"
        return str(self.status)


def routes() -> dict[str, Any]:
    """Every route below api/v1/ with its view, from the resolver itself; the API's description is open to all."""
    found = {}
    for route, pattern in walk(get_resolver().url_patterns):
        if route.startswith("api/v1/"):
            found[route.removeprefix("api/v1/")] = pattern.callback.view_class
    return {route: view for route, view in found.items() if issubclass(view, DeskView)}


def walk(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the project."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        else:
            yield route, pattern


def actors(cast: Cast) -> dict[str, APIClient]:
    """Who knocks."""
    every = [scope.value for scope in Scope]
    people = {
        "anonymous": None,
        "customer A": (cast.ben, []),
        "colleague, shared": (cast.bea, []),
        "customer D": (cast.dan, []),
        "colleague, unshared": (cast.dora, []),
        "stranger": (cast.ana, []),
        "tier 1": (cast.tom, []),
        "tier 3": (cast.theo, []),
        "security": (cast.sam, []),
        "administrator": (cast.ada, []),
        "editor": (cast.eve, []),
        "tool, all scopes": (cast.monitor, every),
        "tool, reads tickets": (cast.monitor, ["tickets:read"]),
        "tool, no scope": (cast.monitor, []),
        "tier 1, token reads customers": (cast.tom, ["customers:read"]),
    }
    return {name: client_with(issue(*who)[0]) if who else APIClient() for name, who in people.items()}


def things(cast: Cast) -> dict[str, Thing]:
    """What they knock for: a shared firm's ticket, an unshared one's, one that started in tier 3, a security one."""
    opened = {
        "of A": make_ticket(cast.ben),
        "of D": make_ticket(cast.dan),
        "of another, tier 3": make_ticket(cast.carmen, severity="critical"),
        "of A, security": make_ticket(cast.ben, category="security"),
    }
    nothing = Thing(f"FIN-{NOBODY_HAS}", {})
    found = {name: _thing(ticket) for name, ticket in opened.items()}
    shared = _heard_by(cast.monitor) | at_work(cast)
    for thing in found.values():
        thing.numbers.update(shared)
    return {**found, MISSING: nothing}


def knock(cast: Cast) -> Iterator[Knock]:
    """Everybody at every door; whatever a request changes is rolled back before the next."""
    clients, objects = actors(cast), things(cast)
    for route, view in sorted(routes().items()):
        for method in METHODS:
            if hasattr(view, method):
                yield from _ask(route, method, _told_apart(route, objects), clients)


def _told_apart(route: str, objects: dict[str, Thing]) -> dict[str, Thing]:
    """Each address once: what hangs on no ticket is the same for all of them."""
    if "<" not in route:
        return {"-": objects[MISSING]}
    firsts = {objects[MISSING].address(route): MISSING}
    for name, thing in objects.items():
        firsts.setdefault(thing.address(route), name)
    return {name: thing for name, thing in objects.items() if name in firsts.values()}


def table(knocks: list[Knock]) -> list[list[str]]:
    """The matrix as rows: route, method, object, one column an actor."""
    columns = list(dict.fromkeys(one.actor for one in knocks))
    cells: dict[tuple[str, str, str], dict[str, str]] = {}
    for one in knocks:
        cells.setdefault((one.route, one.method, one.thing), {})[one.actor] = one.shown
    rows = [[*key, *(row[name] for name in columns)] for key, row in cells.items()]
    return [["route", "method", "object", *columns], *rows]


def read() -> list[list[str]]:
    with FILE.open(newline="") as file:
        return list(csv.reader(file))


def write(rows: list[list[str]]) -> None:
    with FILE.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _thing(ticket: Ticket) -> Thing:
    author = ticket.customer.user
    reply = do(
        reply_to_ticket, ticket, by=author, at=NOON, body="with a file", uploads=[Upload("a.txt", "text/plain", b"a")]
    )
    customer: Customer = ticket.customer
    read = Translation.objects.public().earliest("id")
    told = told_by(author, ticket.reference)
    about = Message.objects.filter(about_label="tickets.ticket", about_id=ticket.pk)  # a feedback may have this id too
    numbers = {
        "tickets": reply.attachments.get().pk,
        "messages": about.latest("id").pk,
        "deliveries": Delivery.objects.filter(message__in=about).latest("id").pk,
        "articles": read.pk,
        "articles/feedback": told.pk,
        "customers": customer.pk,
        "organisations": customer.organisation_id or NOBODY_HAS,
    }
    return Thing(ticket.reference, numbers)


def told_by(author: User, reference: str) -> Feedback:
    """What a customer says of an article."""
    read = Translation.objects.public().earliest("id")
    told: Feedback = do(give_feedback, read, kind="unclear", words=f"Which button? {reference}", by=author, at=NOON)
    return told


def _heard_by(tool: User) -> dict[str, int]:
    """An endpoint of the tool, and one delivery to it that is over."""
    tool.scopes = frozenset({"webhooks", "tickets:read"})
    with acting(by=tool, channel="test"):
        endpoint, _ = register_webhook(url="https://tools.example.com/desk", by=tool, at=NOON)
        message = send_test_webhook(endpoint, by=tool, at=NOON)
    Delivery.objects.filter(message=message).update(state=DeliveryState.DEAD, settled_at=NOON)
    return {"webhooks": endpoint.pk, "webhooks/deliveries": message.deliveries.get().pk}


def at_work(cast: Cast) -> dict[str, int]:
    """What of Eve's waits for its review, and a train that left with another revision of hers, whose carriage it is."""
    by_eve: dict[str, Any] = {"category": Category.objects.get(slug="features"), "by": cast.eve}
    with acting(by=cast.ada, channel="test"):
        Expert.objects.create(category=by_eve["category"], person=cast.theo)
    left = act(write_article, **by_eve, **WORDS, code="left")
    act(approve_revision, in_approval(left, cast), by=cast.theo)
    carriage = leave(cast)[0]
    waits = act(write_article, **by_eve, **{**WORDS, "title": AT_WORK})
    act(submit_revision, waits, by=cast.eve)
    runbook = next_of(shipped(), cast, **GOOD)
    act(submit_runbook, runbook, by=cast.eve)
    named = {"article": waits.translation.article, "by": cast.eve}
    file = act(add_file, **named, name="waits.txt", content=b"not signed yet")
    lesson = {"kind": "video", "title": "t", "address": "https://www.loom.com/share/1"}
    gap = act(assign_gap, words="cerrar mi cuenta", language="es", to=cast.eve, by=cast.tom)
    return {
        "articles/assignments": gap.pk,
        "articles/files": file.pk,
        "articles/learning": act(add_learning, **named, **lesson).pk,
        "revisions": waits.pk,
        "runbooks": runbook.pk,
        "trains": carriage.train_id,
        "trains/carriages": carriage.pk,
    }


def _ask(route: str, method: str, objects: dict[str, Thing], clients: dict[str, APIClient]) -> Iterator[Knock]:
    for name, thing in objects.items():
        for actor, client in clients.items():
            with transaction.atomic():
                answer = _send(client, route, method, thing)
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content
                yield Knock(route, method, name, actor, answer.status_code, content)
                transaction.set_rollback(True)


def _send(client: APIClient, route: str, method: str, thing: Thing) -> Any:
    address = thing.address(route)
    if method == "get":
        return client.get(address + ASKED.get(route, ""))
    body: Any | Callable[[], Any] = BODIES.get((route, method), {})
    if isinstance(body, dict):
        body = {name: one.number_of(thing) if isinstance(one, Hanging) else one for name, one in body.items()}
    headers = {"Idempotency-Key": "matrix"} if method == "post" else {"If-Match": _version(route, thing)}
    if callable(body):
        return client.post(address, body(), format="multipart", headers=headers)
    return getattr(client, method)(address, body, format="json", headers=headers)


def _version(route: str, thing: Thing) -> str:
    """The ETag of what the address is of, as somebody would know it who has read it."""
    kind = route.partition("/")[0]
    people: dict[str, Any] = {"customers": Customer, "organisations": Organisation, "webhooks": WebhookEndpoint}
    if kind == "revisions":
        revision = Revision.objects.filter(pk=thing.numbers.get(kind, NOBODY_HAS)).first()
        return f'"{version_of(revision) if revision else 1}"'
    if kind == "runbooks":
        runbook = RunbookRevision.objects.filter(pk=thing.numbers.get(kind, NOBODY_HAS)).first()
        return f'"{runbooks_api.version_of(runbook) if runbook else 1}"'
    if kind in people:
        row: Any = people[kind].objects.filter(pk=thing.numbers.get(kind, NOBODY_HAS)).first()
    else:
        row = Ticket.objects.filter(pk=int(thing.reference.removeprefix("FIN-"))).first()
    return f'"{row.version if row else 1}"'
