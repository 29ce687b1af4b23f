"""Every page of the back office takes the same number of statements at one row and at a hundred (design §10, P10)."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from communications.models import (
    Acknowledgement,
    BouncedAddress,
    Channel,
    Delivery,
    DeliveryAttempt,
    Destination,
    Gate,
    InboundMail,
    MessageTemplate,
    Phrase,
    ProviderAccount,
    RawMail,
    WebhookEndpoint,
)
from financy_support.api.models import ApiToken
from financy_support.desk.audit.acting import acting
from financy_support.desk.models import (
    BusinessCalendar,
    Customer,
    Holiday,
    OnCallShift,
    Organisation,
    ResponseRole,
    Team,
    TeamMembership,
    User,
)
from knowledge import models as knowledge
from tests.make import do, make_ticket
from tickets.models import (
    Attachment,
    Category,
    EscalationCriterion,
    IssueType,
    PhoneCall,
    PortalLink,
    PortalSession,
    Ticket,
)
from tickets.workflow.note import note_ticket

MANY = 100
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
# The handbook fixes how many there can be: a tier, a path a tier, a severity, a metric, a pair of hold and promise.
FIXED = {"desk.SupportTier", "tickets.EscalationPath", "tickets.SlaTarget", "tickets.SeverityRoute", "tickets.HoldRule",
         "tickets.SatisfactionTarget", "tickets.ChatRule",
         "communications.MailBudget", "communications.QuietHours"}  # fmt: skip
QUEUE_LIMIT = 12


def statements(client, address):
    client.get(address)  # what is read once a process is read now
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(seen)


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.fixture
def one_of_each(cast):
    """At least one row of every kind, with what hangs on it."""
    now = timezone.now()
    ticket = make_ticket(cast.ana, at=now - timedelta(minutes=9))
    with acting(by=cast.ada, channel="test"):
        _rows(cast, ticket, now, 1)
    return ticket


def add_many(cast, ticket, now):
    for _ in range(MANY):
        make_ticket(cast.ben, at=now)
    with acting(by=cast.ada, channel="test"):
        _rows(cast, ticket, now, MANY)


def _rows(cast, ticket, now, count):
    calendar = BusinessCalendar.objects.first()
    start = OnCallShift.objects.count() + ApiToken.objects.count()
    names = [f"{start}-{number}" for number in range(count)]
    users = User.objects.bulk_create(User(email=f"{n}@x.example", name=n, kind="editor", password="!") for n in names)
    teams = Team.objects.bulk_create(Team(slug=n, name=n, tier_id=1) for n in names)
    TeamMembership.objects.bulk_create(TeamMembership(team=t, person=u) for t, u in zip(teams, users, strict=True))
    TeamMembership.objects.bulk_create(TeamMembership(team=teams[0], person=u) for u in users[1:])
    firms = Organisation.objects.bulk_create(Organisation(name=n) for n in names)
    Customer.objects.bulk_create(
        Customer(name=n, email=f"{n}@c.example", organisation=f) for n, f in zip(names, firms, strict=True)
    )
    roles = ResponseRole.objects.bulk_create(ResponseRole(slug=n, name=n, kind="responds") for n in names)
    OnCallShift.objects.bulk_create(
        OnCallShift(role=r, person=u, period=(now, now + timedelta(hours=1))) for r, u in zip(roles, users, strict=True)
    )
    BusinessCalendar.objects.bulk_create(BusinessCalendar(name=n, time_zone="UTC") for n in names)
    first = Holiday.objects.count()
    Holiday.objects.bulk_create(
        Holiday(calendar=calendar, day=(now + timedelta(days=first + i)).date(), name=n) for i, n in enumerate(names)
    )
    Channel.objects.bulk_create(
        Channel(code=n, name=n, kind="email", availability="24/7", calendar=calendar) for n in names
    )
    Phrase.objects.bulk_create(Phrase(code=n, language="en", text=n) for n in names)
    MessageTemplate.objects.bulk_create(MessageTemplate(purpose=n, language="en", subject=n, body=n) for n in names)
    kinds = IssueType.objects.bulk_create(IssueType(code=n, name=n) for n in names)
    Category.objects.bulk_create(
        Category(code=n, name=n, issue_type=k, specialist_team=t) for n, k, t in zip(names, kinds, teams, strict=True)
    )
    EscalationCriterion.objects.bulk_create(EscalationCriterion(text=n) for n in names)
    ApiToken.objects.bulk_create(
        ApiToken(user=u, name=u.name, digest=u.name, created_at=now, expires_at=now) for u in users
    )
    AccessAttempt.objects.bulk_create(
        AccessAttempt(username=n, ip_address="127.0.0.1", get_data="", post_data="", failures_since_start=1)
        for n in names
    )
    PhoneCall.objects.bulk_create(
        PhoneCall(ticket=ticket, direction="inbound", is_answered=False, duration=timedelta(), created_at=now, by=u)
        for u in users
    )
    mails = InboundMail.objects.bulk_create(
        InboundMail(door="smtp", sha256=n, size=1, state="parked", sender=n, subject=n, received_at=now) for n in names
    )
    RawMail.objects.bulk_create(RawMail(mail=mail, content=b"Subject: x") for mail in mails)
    BouncedAddress.objects.bulk_create(BouncedAddress(address=n, bounced_at=now) for n in names)
    accounts = ProviderAccount.objects.bulk_create(ProviderAccount(kind="slack", name=n) for n in names)
    Destination.objects.bulk_create(
        Destination(code=n, name=n, account=a, address=n, team=t)
        for n, a, t in zip(names, accounts, teams, strict=True)
    )
    Gate.objects.bulk_create(Gate(key=n, closed_at=now, closed_until=now) for n in names)
    WebhookEndpoint.objects.bulk_create(
        WebhookEndpoint(owner=u, url=f"https://{n}.example/", is_active=False, created_at=now)
        for n, u in zip(names, users, strict=True)
    )
    shelf = knowledge.Category.objects.first()
    articles = knowledge.Article.objects.bulk_create(
        knowledge.Article(category=shelf, code=n, owner=u) for n, u in zip(names, users, strict=True)
    )
    texts = knowledge.Translation.objects.bulk_create(
        knowledge.Translation(article=a, language="en", slug=a.code) for a in articles
    )
    wordings = knowledge.Revision.objects.bulk_create(
        knowledge.Revision(translation=t, number=1, author=u, created_at=now, title=t.slug, summary="", body="x")
        for t, u in zip(texts, users, strict=True)
    )
    knowledge.Feedback.objects.bulk_create(
        knowledge.Feedback(translation=t, revision=w, kind="wrong", words=t.slug, received_at=now)
        for t, w in zip(texts, wordings, strict=True)
    )
    knowledge.Assignment.objects.bulk_create(
        knowledge.Assignment(kind="gap", language="en", words=n, stems=n, owner=u, opened_at=now)
        for n, u in zip(names, users, strict=True)
    )
    knowledge.PinnedResult.objects.bulk_create(
        knowledge.PinnedResult(language="en", words=a.code, article=a, because="b") for a in articles
    )
    knowledge.Vote.objects.bulk_create(knowledge.Vote(revision=w, reader="r", stars=5, given_at=now) for w in wordings)
    runbooks = knowledge.Runbook.objects.bulk_create(
        knowledge.Runbook(code=n, issue_type=n, category=shelf) for n in names
    )
    knowledge.RunbookRevision.objects.bulk_create(
        knowledge.RunbookRevision(runbook=r, number=1, author=u, created_at=now, title=r.code)
        for r, u in zip(runbooks, users, strict=True)
    )
    knowledge.SearchQuery.objects.bulk_create(
        knowledge.SearchQuery(language="en", words=t.slug, found=1, asked_at=now, read=t) for t in texts
    )
    knowledge.Train.objects.bulk_create(knowledge.Train(departed_at=now) for _ in names)
    knowledge.Release.objects.bulk_create(knowledge.Release(name=n, released_at=now) for n in names)
    knowledge.Expert.objects.bulk_create(knowledge.Expert(category=shelf, person=u) for u in users)
    knowledge.Synonym.objects.bulk_create(knowledge.Synonym(language="en", words=n) for n in names)
    knowledge.SeoKeyword.objects.bulk_create(knowledge.SeoKeyword(phrase=a.code, article=a) for a in articles)
    knowledge.Redirect.objects.bulk_create(
        knowledge.Redirect(path=f"/{a.code}", article=a, language="en") for a in articles
    )
    knowledge.Practice.objects.bulk_create(knowledge.Practice(part=n, rule=n, says=n, kept_by=n) for n in names)
    knowledge.KnowledgeSystem.objects.bulk_create(knowledge.KnowledgeSystem(purpose=n, name=n) for n in names)
    knowledge.Category.objects.bulk_create(
        knowledge.Category(slug=n, name=n, name_pt=n, name_es=n, audience="all_users", rhythm="weekly") for n in names
    )
    Acknowledgement.objects.bulk_create(
        Acknowledgement(delivery=d, how="key 4", at=now, by=cast.tom)
        for d in Delivery.objects.filter(acknowledgement=None)
    )
    links = PortalLink.objects.bulk_create(
        PortalLink(customer=c, address=c.email, asked_at=now, expires_at=now)
        for c in Customer.objects.filter(name__in=names)
    )
    PortalSession.objects.bulk_create(
        PortalSession(customer=link.customer, link=link, address=link.address, started_at=now, expires_at=now)
        for link in links
    )
    reply = ticket.replies.first()
    Attachment.objects.bulk_create(
        Attachment(
            ticket=ticket,
            reply=reply,
            name=n,
            content_type="image/png",
            size=1,
            sha256="0",
            path="0",
            created_at=now,
            by=cast.tom,
        )
        for n in names
    )


def test_every_list_costs_the_same_at_one_row_and_at_a_hundred(cast, at_the_desk, one_of_each):
    ada, at = at_the_desk(cast.ada), timezone.now()
    few = {model._meta.label: statements(ada, list_of(model)) for model in MODELS}
    add_many(cast, one_of_each, at)
    assert {model._meta.label for model in MODELS if model._default_manager.count() < MANY} == FIXED
    assert {model._meta.label: statements(ada, list_of(model)) for model in MODELS} == few


@pytest.mark.parametrize("name", ["tom", "ada"])
def test_the_queue_takes_at_most_twelve_statements_for_anybody(cast, at_the_desk, one_of_each, name):
    client = at_the_desk(getattr(cast, name))
    for view in ("live", "mine", "team", "breached", "hour", "customer", "all"):
        assert statements(client, f"{list_of(Ticket)}?view={view}") <= QUEUE_LIMIT


def test_a_ticket_page_costs_the_same_with_one_reply_and_with_a_hundred(cast, at_the_desk, one_of_each):
    tom, at = at_the_desk(cast.tom), timezone.now()
    do(note_ticket, one_of_each, body="first", by=cast.tom, at=at)
    address = reverse("admin:tickets_ticket_change", args=[one_of_each.pk])
    few = statements(tom, address)
    for number in range(MANY):
        do(note_ticket, one_of_each, body=f"note {number}", by=cast.tom, at=at)
    with acting(by=cast.ada, channel="test"):
        _rows(cast, one_of_each, at, MANY)
    for _ in range(5):
        make_ticket(cast.ana, at=at)
    assert statements(tom, address) == few


def test_a_message_with_many_tries_costs_as_one_with_one(cast, at_the_desk, one_of_each):
    tom, at = at_the_desk(cast.tom), timezone.now()
    delivery = one_of_each and DeliveryAttempt._meta.get_field("delivery").related_model.objects.first()
    address = reverse("admin:communications_delivery_change", args=[delivery.pk])

    def tries(count):
        DeliveryAttempt.objects.bulk_create(
            DeliveryAttempt(delivery=delivery, number=1, started_at=at, took=timedelta(), outcome="temporary")
            for _ in range(count)
        )

    tries(1)
    few = statements(tom, address)
    tries(MANY)
    assert statements(tom, address) == few


def test_a_history_of_a_hundred_versions_costs_as_one_of_two(cast, at_the_desk, one_of_each):
    ada = at_the_desk(cast.ada)
    phrase = Phrase.objects.first()
    address = reverse("admin:communications_phrase_history", args=[phrase.pk])

    def edit(count):
        for number in range(count):
            with acting(by=cast.ada, channel="test"):
                phrase.text = f"{count} {number}"
                phrase.save()

    edit(2)
    few = statements(ada, address)
    edit(MANY)
    assert statements(ada, address) == few


def test_a_team_with_many_members_and_a_calendar_with_many_holidays_cost_as_small_ones(cast, at_the_desk, one_of_each):
    ada, at = at_the_desk(cast.ada), timezone.now()
    team = TeamMembership.objects.order_by("-pk").first().team
    calendar = BusinessCalendar.objects.first()
    pages = [
        reverse("admin:desk_team_change", args=[team.pk]),
        reverse("admin:desk_businesscalendar_change", args=[calendar.pk]),
        reverse("admin:desk_user_change", args=[cast.tom.pk]),
    ]
    few = [statements(ada, page) for page in pages]
    with acting(by=cast.ada, channel="test"):
        _rows(cast, one_of_each, at, MANY)
        TeamMembership.objects.bulk_create(
            TeamMembership(team=other, person=cast.tom) for other in Team.objects.exclude(memberships__person=cast.tom)
        )
        members = set(team.memberships.values_list("person", flat=True))
        TeamMembership.objects.bulk_create(
            TeamMembership(team=team, person=user)
            for user in User.objects.filter(kind="editor").exclude(pk__in=members)
        )
    assert [statements(ada, page) for page in pages] == few


def test_the_start_page_costs_the_same_with_many_tickets(cast, at_the_desk, one_of_each):
    tom = at_the_desk(cast.tom)
    few = statements(tom, "/admin/")
    add_many(cast, one_of_each, timezone.now())
    assert statements(tom, "/admin/") == few
