"""A POST that may be sent again: the first answer is stored with its effect and given to every retry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from financy_support.api.views import DeskView, request_id_of
from financy_support.desk.audit.acting import Act, acting
from financy_support.desk.errors import Conflict, DeskError, Invalid
from financy_support.desk.people.user import User, UserKind
from financy_support.desk.statement import kept_cursor

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
STORED_HEADERS = ("Location", "ETag")

# One statement: take the key's lock if nobody holds it, claim the key, or show what is stored under it. A key stored
# by a transaction that ended after this statement began is neither claimed nor shown; that counts as busy.
CLAIM = """
    WITH try AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(hashtextextended(%(lock)s, 0)) AS held),
    claimed AS (
        INSERT INTO api_idempotencykey (actor_id, key, fingerprint, status, headers, body, created_at)
        SELECT %(actor)s, %(key)s, %(fingerprint)s, 0, '{}', '', now() FROM try WHERE held
        ON CONFLICT (actor_id, key) DO NOTHING RETURNING id
    )
    SELECT claimed.id, stored.fingerprint, stored.status, stored.headers::text, stored.body
    FROM try LEFT JOIN claimed ON true
    LEFT JOIN api_idempotencykey stored ON held AND stored.actor_id = %(actor)s AND stored.key = %(key)s
"""

STORE = "UPDATE api_idempotencykey SET status = %s, headers = %s, body = %s WHERE id = %s"


@dataclass(frozen=True)
class Answer:
    """What a verb's view says: plain data, a status below 300, headers such as ETag and Location.

    ``told_once`` names fields of the data that are stored nowhere (a new secret): a retry's answer lacks them.
    """

    data: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    told_once: frozenset[str] = frozenset()


class Busy(Conflict):
    """The same key is being worked on right now."""

    code, title = "idempotency_key_busy", "Busy"
    headers = {"Retry-After": "1"}


class KeyReused(DeskError):
    """The key belongs to another request."""

    status, code, title = 422, "idempotency_key_reused", "Key used before"


class ActingPost(DeskView):
    """A view with one POST: ``act`` calls one verb and says what to answer (design §3 'API manners').

    The transaction is opened here, in the name of the token's person. Refusals roll it back and are not stored.
    """

    def act(self, request: Request, act: Act, **kwargs: Any) -> Answer:
        raise NotImplementedError

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return answer_once(request, lambda act: self.act(request, act, **kwargs))


def answer_once(request: Request, perform: Callable[[Act], Answer]) -> HttpResponse:
    """Perform inside ``acting`` and store status, headers and bytes before the commit; answer a retry from the store.

    Raises Invalid (no key although a tool asks, or a bad one), Busy (409, Retry-After) while the same key is at work,
    KeyReused (422) when method, path or body differ from the first time.
    """
    key = _key_of(request)
    _ = request.data  # a body that cannot be read is refused before anything is opened
    with acting(by=_actor(request), channel="api", request_id=request_id_of(request)) as act:
        if key is None:
            return _render(perform(act))
        claimed, stored = _claim(request, key)
        if stored is not None:
            return stored
        answer = perform(act)
        response = _render(answer)
        headers = {name: response[name] for name in STORED_HEADERS if name in response}
        with kept_cursor() as cursor:
            cursor.execute(STORE, [response.status_code, json.dumps(headers), _storable(answer, response), claimed])
        return response


def _actor(request: Request) -> User:
    return cast(User, request.user)  # the permission lets nobody without a name in


def _key_of(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is None:
        if _actor(request).kind == UserKind.TOOL and request.method == "POST":
            detail = f"Tools send the header {HEADER}, a new value for each thing they ask, so that retries are safe."
            raise Invalid(detail, field=HEADER, code="idempotency_key_required")
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        detail = f"{HEADER} has 1 to {LONGEST_KEY} printable ASCII characters, e.g. a UUID."
        raise Invalid(detail, field=HEADER, code="invalid_idempotency_key")
    return key


def _claim(request: Request, key: str) -> tuple[int, HttpResponse | None]:
    """The id of the claimed key, or the stored answer."""
    fingerprint = _fingerprint(request)
    facts = {"lock": f"{request.user.pk}:{key}", "actor": request.user.pk, "key": key, "fingerprint": fingerprint}
    with kept_cursor() as cursor:
        cursor.execute(CLAIM, facts)
        claimed, stored_fingerprint, status, headers, body = cursor.fetchone()
    if claimed is not None:
        return claimed, None
    if stored_fingerprint is None:
        raise Busy(f"A request with this {HEADER} is at work. Send the same one again in a second.")
    if stored_fingerprint != fingerprint:
        raise KeyReused(f"This {HEADER} was used for another request. Make a new one.", field=HEADER)
    replay = HttpResponse(bytes(body), status=status, content_type="application/json", headers=json.loads(headers))
    replay["Idempotency-Replayed"] = "true"
    return 0, replay


def _fingerprint(request: Request) -> str:
    """Method, path and body. Of a form its values, file names and contents: its boundary differs in each try."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if not (request.content_type or "").startswith("multipart/"):
        digest.update(request.body)
        return digest.hexdigest()
    for name, values in sorted(request.POST.lists()):
        digest.update(json.dumps([name, values]).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(json.dumps([name, file.name, file.size]).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()


def _storable(answer: Answer, response: HttpResponse) -> bytes:
    if not answer.told_once:
        return response.content
    kept = {name: value for name, value in answer.data.items() if name not in answer.told_once}
    return _render(replace(answer, data=kept)).content


def _render(answer: Answer) -> HttpResponse:
    body = JSONRenderer().render(answer.data)
    return HttpResponse(body, status=answer.status, content_type="application/json", headers=answer.headers)
