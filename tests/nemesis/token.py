"""A token for the clients of the API."""

from __future__ import annotations

from datetime import timedelta

from financy_support.api.models import ApiToken, digest_of, new_secret
from financy_support.api.scopes import Scope
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, User, system_actor


def token_of(tool: User) -> str:
    """Issue a tool a token with which it may read and write tickets and find customers."""
    secret = new_secret()
    with acting(by=system_actor(SystemActor.CONSOLE), channel="nemesis", reason="a token") as act:
        ApiToken.objects.create(
            user=tool,
            name="nemesis",
            digest=digest_of(secret),
            scopes=[Scope.TICKETS_READ, Scope.TICKETS_WRITE, Scope.CUSTOMERS_READ],
            created_at=act.at,
            expires_at=act.at + timedelta(days=1),
        )
    return secret
