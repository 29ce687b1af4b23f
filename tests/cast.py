"""The cast: who works here and who asks, the same people in every test."""

from __future__ import annotations

from dataclasses import dataclass

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.team import Team, TeamMembership
from financy_support.desk.people.user import SystemActor, User, UserKind, system_actor


@dataclass
class Cast:
    """Tom is tier 1, Tina tier 2, Theo tier 3, Tara tier 4 (infrastructure); Sam is Security; Ada administers.

    Eve edits articles. Ana asks in Portuguese; Ben and Bea share an organisation; Carmen asks in Spanish; Dan and Dora
    are of one organisation that does not share. Monitor is a tool.
    """

    tom: User
    tina: User
    theo: User
    tara: User
    sam: User
    ada: User
    eve: User
    monitor: User
    ana: Customer
    ben: Customer
    bea: Customer
    carmen: Customer
    dan: Customer
    dora: Customer


AGENTS = {
    "tom": (1, "customer_support"),
    "tina": (2, "technical_support"),
    "theo": (3, "engineering"),
    "tara": (4, "infrastructure"),
    "sam": (3, "security"),
}
CUSTOMERS = {
    "ana": ("pt", ""),
    "ben": ("en", "Sharing Ltd"),
    "bea": ("en", "Sharing Ltd"),
    "carmen": ("es", ""),
    "dan": ("en", "Silent Ltd"),
    "dora": ("en", "Silent Ltd"),
}


def hire_cast() -> Cast:
    """Create everybody in the installer's name."""
    people: dict[str, User | Customer] = {}
    with acting(by=system_actor(SystemActor.INSTALLER), channel="test", reason="the cast"):
        for name, (tier, team) in AGENTS.items():
            people[name] = _user(name, UserKind.AGENT, tier_id=tier)
            TeamMembership.objects.create(team=Team.objects.get(slug=team), person=people[name])
        people["ada"] = _user("ada", UserKind.AGENT, tier_id=4, is_superuser=True)
        people["eve"] = _user("eve", UserKind.EDITOR)
        people["monitor"] = _user("monitor", UserKind.TOOL)
        for name, (language, firm) in CUSTOMERS.items():
            people[name] = _customer(name, language, firm)
    return Cast(**people)  # type: ignore[arg-type]  # the names are the fields


def _user(name: str, kind: UserKind, **fields: object) -> User:
    return User.objects.create_user(f"{name}@financy.example", name=name.title(), kind=kind, **fields)


def _customer(name: str, language: str, firm: str) -> Customer:
    email = f"{name}@example.com"
    organisation = None
    if firm:
        organisation, _ = Organisation.objects.get_or_create(
            name=firm, defaults={"shares_tickets": firm.startswith("Sharing")}
        )
    return Customer.objects.create(
        user=User.objects.create_user(email, name=name.title(), kind=UserKind.CUSTOMER, language=language),
        name=name.title(),
        email=email,
        language=language,
        organisation=organisation,
    )
