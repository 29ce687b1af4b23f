"""The demo's people: who works here, who asks, who is on call. All of them made up (design §9 'demo people')."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Max

from financy_support.desk.audit.acting import acting
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.role import OnCallShift, ResponseRole
from financy_support.desk.people.team import Team, TeamMembership
from financy_support.desk.people.user import SystemActor, User, UserKind, system_actor

SAO_PAULO, MADRID, LONDON = "America/Sao_Paulo", "Europe/Madrid", "Europe/London"


@dataclass(frozen=True)
class Member:
    """A log-in of the desk itself: ``name@financy.example``."""

    name: str
    shown_as: str
    kind: UserKind
    tier: int | None = None
    teams: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    is_admin: bool = False

    @property
    def email(self) -> str:
        return f"{self.name}@financy.example"


@dataclass(frozen=True)
class Asker:
    """A customer, ``name@example.com``; without a log-in they write by mail, and nobody can log in as them."""

    name: str
    shown_as: str
    language: str
    time_zone: str
    has_log_in: bool = False
    organisation: str = ""

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"


SPECIALISTS = ("ai_ml", "business_intelligence", "data_science", "infrastructure", "security_engineering")
MEMBERS = (
    Member("tier1", "Tiago Lima", UserKind.AGENT, 1, ("customer_support",)),
    Member("tier2", "Nina Castro", UserKind.AGENT, 2, ("technical_support",), ("technical_support",)),
    Member("tier3", "Hugo Weber", UserKind.AGENT, 3, ("engineering",)),
    Member("tier4", "Sofia Rossi", UserKind.AGENT, 4, SPECIALISTS, SPECIALISTS),
    Member("commander", "Clara Mendes", UserKind.AGENT, 3, ("security", "engineering"), ("security", "engineering")),
    Member("admin", "Ada Moreira", UserKind.AGENT, 4, ("customer_support",), ("customer_support",), is_admin=True),
    Member("editor", "Elena Prado", UserKind.EDITOR),
    Member("reviewer", "Rafael Nunes", UserKind.EDITOR),
    Member("approver", "Alice Grant", UserKind.EDITOR),
    Member("alerts", "Alerting", UserKind.TOOL),
    Member("mail-gateway", "Mail gateway", UserKind.TOOL),
)
FIRM = "Carter & Morgan Ltd"  # shares its tickets
ASKERS = (
    Asker("ana", "Ana Souza", "pt", SAO_PAULO, has_log_in=True),
    Asker("ben", "Ben Carter", "en", LONDON, has_log_in=True, organisation=FIRM),
    Asker("bea", "Bea Morgan", "en", LONDON, has_log_in=True, organisation=FIRM),
    Asker("carmen", "Carmen Ruiz", "es", MADRID, has_log_in=True),
    Asker("marcos", "Marcos Oliveira", "pt", SAO_PAULO),
    Asker("juliana", "Juliana Castanho", "pt", SAO_PAULO),
    Asker("paulo", "Paulo Ferreira", "pt", SAO_PAULO),
    Asker("diego", "Diego Torres", "es", "America/Bogota"),
    Asker("lucia", "Lucía Gómez", "es", MADRID),
    Asker("liam", "Liam Walsh", "en", LONDON),
    Asker("olivia", "Olivia Chen", "en", "America/New_York"),
    Asker("noah", "Noah Fischer", "en", "America/Chicago"),
    Asker("priya", "Priya Nair", "en", LONDON),
    Asker("grace", "Grace Miller", "en", "America/New_York"),
)

# Role → who holds it this week, first, then second. Roles that are told (management …) have one.
ON_CALL: Mapping[str, Sequence[str]] = {
    "incident_commander": ("commander", "tier3"),
    "sre_team": ("tier4", "tier3"),
    "engineering_lead": ("tier3", "commander"),
    "security_team": ("commander", "tier4"),
    "technical_lead": ("tier3", "tier4"),
    "sre_engineer": ("tier4", "tier3"),
    "product_manager": ("approver", "admin"),
    "support_engineer": ("tier2", "tier1"),
    "qa_engineer": ("tier2", "tier3"),
    "support_agent": ("tier1", "tier2"),
    "documentation_team": ("editor", "reviewer"),
    "management": ("admin",),
    "executive": ("admin",),
    "ceo": ("admin",),
    "stakeholder": ("approver",),
}
SHIFT = timedelta(days=7)


@dataclass(frozen=True)
class Cast:
    """The demo's people by the part of their address before the @, and how many were new."""

    members: Mapping[str, User]
    customers: Mapping[str, Customer]
    added: int


def hire(*, password: str, at: datetime) -> Cast:
    """Create whoever is missing, and shifts for the coming week; those who are here keep everything they have.

    All log-ins of people get ``password``; tools get none, they use tokens. Safe to call again.
    """
    hashed = make_password(password)
    installer = system_actor(SystemActor.INSTALLER)
    with acting(by=installer, channel="load_demo", reason="demo people"):
        known = {email for model in (User, Customer) for email in model.objects.values_list("email", flat=True)}
        members = {one.name: _member(one, hashed) for one in MEMBERS}
        customers = {one.name: _customer(one, hashed) for one in ASKERS}
        _fill_rota(members, at)
    return Cast(members, customers, added=sum(one.email not in known for one in (*MEMBERS, *ASKERS)))


def _member(member: Member, hashed: str) -> User:
    found = User.objects.filter(email=member.email).first()
    if found:
        return found
    person = User.objects.create(
        email=member.email,
        name=member.shown_as,
        kind=member.kind,
        tier_id=member.tier,
        is_superuser=member.is_admin,
        time_zone=SAO_PAULO,
        password=make_password(None) if member.kind == UserKind.TOOL else hashed,
    )
    teams = Team.objects.in_bulk(member.teams, field_name="slug")
    TeamMembership.objects.bulk_create(
        TeamMembership(team=teams[slug], person=person, is_lead=slug in member.leads) for slug in member.teams
    )
    return person


def _customer(asker: Asker, hashed: str) -> Customer:
    found = Customer.objects.filter(email=asker.email).first()
    if found:
        return found
    user, _ = User.objects.get_or_create(
        email=asker.email,
        defaults={
            "name": asker.shown_as,
            "kind": UserKind.CUSTOMER,
            "language": asker.language,
            "time_zone": asker.time_zone,
            "password": hashed if asker.has_log_in else make_password(None),
        },
    )
    organisation = None
    if asker.organisation:
        organisation, _ = Organisation.objects.get_or_create(name=asker.organisation, defaults={"shares_tickets": True})
    return Customer.objects.create(
        user=user,
        name=asker.shown_as,
        email=asker.email,
        language=asker.language,
        time_zone=asker.time_zone,
        organisation=organisation,
    )


def _fill_rota(members: Mapping[str, User], at: datetime) -> None:
    """A week from where each role's last shift ends, unless that is more than a day ahead."""
    this_hour = at.replace(minute=0, second=0, microsecond=0)
    for role in ResponseRole.objects.filter(slug__in=ON_CALL):
        for rank, name in enumerate(ON_CALL[role.slug], start=1):
            shifts = OnCallShift.objects.filter(role=role, rank=rank)
            last = shifts.aggregate(last=Max("period__endswith"))["last"]
            start = max(last or this_hour, this_hour)
            if start <= at + timedelta(days=1):
                OnCallShift.objects.create(
                    role=role, rank=rank, person=members[name], period=DateTimeTZRange(start, start + SHIFT)
                )
