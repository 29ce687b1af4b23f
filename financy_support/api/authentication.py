"""Who is asking: `Authorization: Bearer fin_…`, found by one statement."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from django.db import connection
from django.db.models.functions import Now
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from financy_support.api.models import PREFIX, ApiToken, digest_of
from financy_support.desk.people.user import User

USE_IS_NOTED_EVERY = timedelta(hours=1)
REFUSAL = "This token is unknown, expired or revoked. Ask an administrator for a new one."

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
    token = (
        ApiToken.objects.select_related("use", "user__tier", "user__customer__organisation")
        .annotate(asked_at=Now())
        .filter(digest=digest_of(secret))
        .first()
    )
    if token is None or not token.is_valid(token.asked_at) or not token.user.is_active:
        return None
    _note_use(token, token.asked_at)
    return cast(ApiToken, token)


def _note_use(token: ApiToken, at: datetime) -> None:
    use = getattr(token, "use", None)
    if use is None or use.last_used_at <= at - USE_IS_NOTED_EVERY:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_USE, [token.pk, at])
