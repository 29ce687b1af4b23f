"""Who is asking: `Authorization: Bearer fin_…`, found by one statement."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any, cast

from django.db import connection
from django.db.models import Model
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from financy_support.api.models import PREFIX, ApiToken, digest_of
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.user import User
from financy_support.desk.statement import kept_cursor

RECORDS: dict[str, type[Model]] = {
    "token": ApiToken,
    "person": User,
    "customer": Customer,
    "organisation": Organisation,
}
USE_IS_NOTED_EVERY = timedelta(hours=1)
REFUSAL = "This token is unknown, expired or revoked. Ask an administrator for a new one."

# With the person, their customer and that one's organisation: the scopes of the request need them all.
FIND = """
    SELECT now(), use.last_used_at, {columns}
    FROM api_apitoken token
    JOIN desk_user person ON person.id = token.user_id
    LEFT JOIN api_tokenuse use ON use.token_id = token.id
    LEFT JOIN desk_customer customer ON customer.user_id = person.id
    LEFT JOIN desk_organisation organisation ON organisation.id = customer.organisation_id
    WHERE token.digest = %s
"""
NOTE_USE = """
    INSERT INTO api_tokenuse (token_id, last_used_at) VALUES (%s, %s)
    ON CONFLICT (token_id) DO UPDATE SET last_used_at = excluded.last_used_at
"""


class BearerToken(BaseAuthentication):
    """Bearer tokens (RFC 6750), stored hashed (design §3 'API manners').

    Unknown, expired and revoked tokens and those of deactivated people answer 401, all with the same words.
    The user carries the token's ``scopes``; its use is noted once an hour, outside any transaction of the request.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if not scheme:
            return None
        if scheme.lower() != b"bearer" or not secret.startswith(PREFIX.encode()):
            raise AuthenticationFailed("Send the header “Authorization: Bearer fin_…”.")
        token = _find(secret.strip().decode("latin-1"))
        if token is None:
            raise AuthenticationFailed(REFUSAL)
        token.user.scopes = frozenset(token.scopes)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Financy support desk"'


def _find(secret: str) -> ApiToken | None:
    """The valid token of a secret with its person, by the database's clock."""
    with kept_cursor() as cursor:
        cursor.execute(_find_sql(), [digest_of(secret)])
        row = cursor.fetchone()
    if row is None:
        return None
    at, used_at, *columns = row
    token = _records(columns)
    if not token.is_valid(at) or not token.user.is_active:
        return None
    if used_at is None or used_at <= at - USE_IS_NOTED_EVERY:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_USE, [token.pk, at])
    return token


@cache
def _find_sql() -> str:
    """Written once: building it through the ORM would cost each request more than the statement itself."""
    columns = [f"{alias}.{field.column}" for alias, model in RECORDS.items() for field in model._meta.concrete_fields]
    return FIND.format(columns=", ".join(columns))


def _records(columns: list[Any]) -> ApiToken:
    """Token, person, customer and organisation from one row, joined as their own attributes."""
    found: dict[str, Any] = {}
    for alias, model in RECORDS.items():
        fields = model._meta.concrete_fields
        values, columns = columns[: len(fields)], columns[len(fields) :]
        values = [_python(field, value) for field, value in zip(fields, values, strict=True)]
        is_there = values[0] is not None
        found[alias] = model.from_db("default", [field.attname for field in fields], values) if is_there else None
    found["token"].user = found["person"]
    if found["customer"]:
        found["customer"].user = found["person"]
        found["customer"].organisation = found["organisation"]
    return cast(ApiToken, found["token"])


def _python(field: Any, value: Any) -> Any:
    convert = getattr(field, "from_db_value", None)
    return convert(value, None, connection) if convert else value
