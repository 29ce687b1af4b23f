"""Who works at the measured desk: forty agents, an administrator, a tool; and tokens for those who ask."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.hashers import make_password

from financy_support.api.models import ApiToken, TokenUse, digest_of, new_secret
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.team import Team, TeamMembership
from financy_support.desk.people.user import SystemActor, User, UserKind, system_actor

AGENTS_A_TIER = 10
ADMINISTRATOR = "admin@financy.example"
ASKING = 64  # customers who have a log-in


def hire() -> None:
    """Agents tier1-1@ … tier4-10@, the administrator and a tool, in the installer's name."""
    with acting(by=system_actor(SystemActor.INSTALLER), channel="benchmark", reason="the people of the benchmark"):
        teams = {team.tier_id: team for team in Team.objects.filter(is_default=True)}
        teams[4] = Team.objects.filter(tier=4).order_by("id")[0]
        for tier in (1, 2, 3, 4):
            for number in range(1, AGENTS_A_TIER + 1):
                agent = _user(f"tier{tier}-{number}@financy.example", UserKind.AGENT, tier_id=tier)
                TeamMembership.objects.create(team=teams[tier], person=agent)
        _user(ADMINISTRATOR, UserKind.AGENT, tier_id=4, is_superuser=True)
        _user("tool@financy.example", UserKind.TOOL)


def agent_of(tier: int) -> User:
    return User.objects.get(email=f"tier{tier}-1@financy.example")


def administrator() -> User:
    return User.objects.get(email=ADMINISTRATOR)


def asking_customers() -> list[User]:
    """Customers with a log-in, as users."""
    logged_in = Customer.objects.filter(user__isnull=False).order_by("id").select_related("user")[:ASKING]
    return [customer.user for customer in logged_in if customer.user]


def bearer(user: User) -> dict[str, str]:
    """A new token of ``user`` as the header of a request, noted as used just now."""
    secret = new_secret()
    with acting(by=system_actor(SystemActor.CONSOLE), channel="benchmark", reason="a token for a benchmark") as act:
        token = ApiToken.objects.create(
            user=user,
            name="benchmark",
            digest=digest_of(secret),
            scopes=[],
            created_at=act.at,
            expires_at=act.at + timedelta(days=1),
        )
        TokenUse.objects.create(token=token, last_used_at=act.at)
    return {"Authorization": f"Bearer {secret}"}


def _user(email: str, kind: UserKind, **fields: object) -> User:
    return User.objects.create(
        email=email, name=email.partition("@")[0], kind=kind, password=make_password(None), **fields
    )
