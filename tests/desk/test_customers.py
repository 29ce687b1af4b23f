"""Customers and organisations are registered and changed by verbs, whose refusals name field, rule and way out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.provisional import domains

from communications.channels.email import _on_the_wire
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import Conflict, DeskError, Invalid, NoActor, NotAllowed, NotFound
from financy_support.desk.people.address import require_address
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.user import SystemActor, User, system_actor
from financy_support.desk.people.workflow.change_customer import change_customer
from financy_support.desk.people.workflow.change_organisation import change_organisation
from financy_support.desk.people.workflow.register_customer import register_customer
from financy_support.desk.people.workflow.register_organisation import register_organisation
from tests.conftest import NOON


def do(verb, *row, by, reason="", **values):
    with acting(by=by, channel="test", reason=reason):
        return verb(*row, by=by, at=NOON, **values)


def refused(error, verb, *row, **values):
    with pytest.raises(error) as caught:
        do(verb, *row, **values)
    return caught.value


def with_scopes(tool, *scopes):
    tool.scopes = frozenset(scopes)
    return tool


def test_somebody_new_is_registered_with_what_was_said_and_sensible_rest(cast):
    nina = do(register_customer, name="  Nina ", email=" nina@Example.COM", language="es", by=cast.tom, reason="called")
    nina.refresh_from_db()
    assert (nina.name, nina.email, nina.language) == ("Nina", "nina@example.com", "es")
    assert (nina.time_zone, nina.preferred_channel, nina.phone, nina.version) == (
        "America/Sao_Paulo", "email_support", "", 1,
    )  # fmt: skip
    version = Customer.history.get(id=nina.pk)
    assert (version.history_user_id, version.history_change_reason) == (cast.tom.pk, "called")


def test_agents_administrators_trusted_tools_and_the_desk_itself_may_and_nobody_else(cast):
    tool = with_scopes(cast.monitor, "customers:read", "customers:write")
    may = [cast.tom, cast.theo, cast.ada, tool, system_actor(SystemActor.IMPORTER)]
    for number, by in enumerate(may):
        do(register_customer, name="N", email=f"n{number}@example.com", by=by)
        do(register_organisation, name=f"Firm {number}", by=by)
        do(change_customer, cast.ana, name=f"Ana {number}", by=by)
        do(change_organisation, cast.ben.organisation, name=f"Sharing {number}", by=by)
    assert Customer.objects.get(pk=cast.ana.pk).version == 1 + len(may)
    for by in (cast.eve, cast.ana.user, with_scopes(cast.monitor, "customers:read", "tickets:write")):
        refused(NotAllowed, register_customer, name="N", email="no@example.com", by=by)
        refused(NotAllowed, register_organisation, name="No", by=by)
    refused(NotAllowed, change_customer, cast.ana, name="No", by=cast.monitor)
    refused(NotAllowed, change_organisation, cast.ben.organisation, name="No", by=cast.monitor)
    for stranger in (cast.eve, cast.ana.user, with_scopes(cast.monitor, "customers:write")):  # it may not read
        refused(NotFound, change_customer, cast.ben, language="es", by=stranger)
        refused(NotFound, change_organisation, cast.ben.organisation, name="No", by=stranger)


def test_a_customer_says_how_they_like_to_be_answered_and_nothing_else(cast):
    own = {"language": "es", "time_zone": "Europe/Madrid", "preferred_channel": "phone_support"}
    ben = do(change_customer, cast.ben, by=cast.ben.user, **own)
    assert {name: getattr(ben, name) for name in own} == own
    for field, value in {
        "name": "B",
        "phone": "12345",
        "organisation": None,
        "email": "b@b.example",
        "user": None,
    }.items():
        refusal = refused(NotAllowed, change_customer, cast.ben, by=cast.ben.user, language="pt", **{field: value})
        assert [problem.field for problem in refusal.problems] == [field]
        assert "ask the support team" in refusal.detail
    refused(NotAllowed, change_organisation, cast.ben.organisation, shares_tickets=False, by=cast.ben.user)
    ben.refresh_from_db()
    assert (ben.name, ben.language, ben.version) == ("Ben", "es", 2)


def test_whose_mail_it_is_and_who_reads_along_only_administrators_say(cast):
    free = User.objects.get(pk=cast.ana.user_id)
    for by in (cast.tom, with_scopes(cast.monitor, "customers:read", "customers:write")):
        refusal = refused(NotAllowed, change_customer, cast.ana, email="x@x.example", user=None, by=by)
        assert [problem.field for problem in refusal.problems] == ["email", "user"]
        refused(NotAllowed, register_customer, name="N", email="n@n.example", user=free, by=by)
    ana = do(change_customer, cast.ana, email="ana@new.example", user=None, by=cast.ada)
    assert (ana.email, ana.user) == ("ana@new.example", None)
    refusal = refused(Conflict, change_customer, cast.ana, user=cast.ben.user, by=cast.ada)
    assert (refusal.code, refusal.problems[0].field) == ("taken", "user")
    assert refused(Invalid, change_customer, cast.ana, user=cast.tom, by=cast.ada).problems[0].field == "user"


@pytest.mark.parametrize(
    ("field", "value", "code", "way_out"),
    [
        ("name", "  ", "empty", "write one"),
        ("name", "N" * 201, "too_long", "200 is the most"),
        ("name", "Nina\r\nBcc: all", "malformed", "on one line"),
        ("name", "Ni\x00na", "malformed", "on one line"),
        ("name", "Ni\ud800na", "malformed", "on one line"),
        ("email", "nina", "malformed", "like ana@example.com"),
        ("email", "nina@example.com\nBcc: all", "malformed", "like ana@example.com"),
        ("email", "nina@exa mple.com", "malformed", "like ana@example.com"),
        ("email", "niña@example.com", "undeliverable", "Ask for another"),
        ("email", '"ni na"@example.com', "undeliverable", "Ask for another"),
        ("email", "nina@localhost", "undeliverable", "Ask for another"),
        ("email", "erased-1@erased.invalid", "undeliverable", "Ask for another"),
        ("email", f"{'n' * 65}@example.com", "undeliverable", "Ask for another"),
        ("phone", "call me", "malformed", "5 to 15 digits"),
        ("phone", "+1234567890123456", "malformed", "5 to 15 digits"),
        ("language", "fr", "unknown", "en, pt, es"),
        ("time_zone", "Mars/Olympus", "unknown", "America/Sao_Paulo"),
        ("preferred_channel", "pigeon", "unknown", "email_support"),
    ],
)
def test_a_bad_value_is_refused_with_field_rule_and_way_out(cast, field, value, code, way_out):
    good = {"name": "Nina", "email": "nina@example.com"}
    for refusal in (
        refused(Invalid, register_customer, by=cast.tom, **(good | {field: value})),
        refused(Invalid, change_customer, cast.ana, by=cast.ada, **{field: value}),
    ):
        assert [(problem.field, problem.code) for problem in refusal.problems] == [(field, code)]
        assert way_out in refusal.problems[0].detail
    assert Customer.history.filter(id=cast.ana.pk).count() == 1
    assert not Customer.objects.filter(name__startswith="N").exists()


def test_all_refused_fields_are_named_at_once(cast):
    refusal = refused(Invalid, register_customer, name="", email="x", language="fr", by=cast.tom)
    assert [problem.field for problem in refusal.problems] == ["name", "email", "language"]


def test_a_taken_address_is_refused_whatever_its_case(cast):
    for email in ("ana@example.com", "ANA@EXAMPLE.COM", " Ana@Example.com "):
        refusal = refused(Conflict, register_customer, name="Other", email=email, by=cast.tom)
        assert (refusal.code, refusal.problems[0].field) == ("taken", "email")
        assert "Change that one" in refusal.detail
    assert do(change_customer, cast.ana, email="ANA@example.com", by=cast.ada).email == "ANA@example.com"


LOCAL = st.from_regex(r"[a-z0-9._+'\-]{1,66}", fullmatch=True) | st.text(min_size=1, max_size=9)


@settings(max_examples=200, deadline=None)
@given(before=LOCAL, domain=domains() | st.text(max_size=12))
def test_whatever_address_is_taken_mail_can_carry(before, domain):
    try:
        address = require_address(f"{before}@{domain}")
    except Invalid as refusal:
        said = refusal
    else:
        assert _on_the_wire(address).isascii()
        return
    assert said.problems[0].field == "email" and said.code in ("malformed", "undeliverable")


@pytest.mark.parametrize(
    "good", ["ana@example.com", "a.b+c@sub.example.co", "ana@münchen.example", "o'neil@example.com"]
)
def test_usual_addresses_are_taken(good):
    assert _on_the_wire(require_address(good)).isascii()


def test_an_erased_customer_is_not_changed(cast):
    with acting(by=cast.ada, channel="test") as act:
        Customer.objects.filter(pk=cast.ana.pk).update(erased_at=act.at)
    for by in (cast.ada, cast.ana.user):
        refusal = refused(Conflict, change_customer, cast.ana, language="es", by=by)
        assert refusal.code == "erased" and "Register them anew" in refusal.detail


def test_what_stays_the_same_is_not_written(cast):
    do(change_customer, cast.ana, name="Ana", language="pt", by=cast.tom)
    do(change_organisation, cast.ben.organisation, shares_tickets=True, by=cast.tom)
    assert Customer.history.filter(id=cast.ana.pk).count() == 1
    assert Organisation.history.filter(id=cast.ben.organisation_id).count() == 1
    do(change_customer, cast.ana, name="Ana S.", language="pt", by=cast.tom)
    assert Customer.history.filter(id=cast.ana.pk).count() == 2
    assert Customer.objects.get(pk=cast.ana.pk).version == 2


def test_a_customer_joins_and_leaves_a_firm(cast):
    firm = do(register_organisation, name="Padaria Souza", shares_tickets=True, by=cast.tom)
    assert do(change_customer, cast.ana, organisation=firm, by=cast.tom).organisation == firm
    assert do(change_customer, cast.ana, organisation=None, by=cast.tom).organisation is None


def test_a_firms_name_is_taken_once_and_has_one_line(cast):
    refusal = refused(Conflict, register_organisation, name="Sharing Ltd", by=cast.tom)
    assert (refusal.code, refusal.problems[0].field) == ("taken", "name")
    assert (
        refused(Conflict, change_organisation, cast.dan.organisation, name="Sharing Ltd", by=cast.tom).code == "taken"
    )
    assert refused(Invalid, change_organisation, cast.dan.organisation, name=" ", by=cast.tom).code == "empty"


def test_a_refusal_leaves_the_act_able_to_go_on(cast):
    with acting(by=cast.tom, channel="test") as act:
        for verb, values in ((register_customer, {"name": "A", "email": "ana@example.com"}),
                             (register_organisation, {"name": "Sharing Ltd"})):  # fmt: skip
            with pytest.raises(DeskError):
                verb(by=cast.tom, at=act.at, **values)
        register_customer(name="Nina", email="nina@example.com", by=cast.tom, at=act.at)
    assert Customer.objects.filter(email="nina@example.com").exists()


def test_nobody_changes_a_customer_outside_an_act_or_in_anothers_name(cast):
    with pytest.raises(NoActor):
        register_customer(name="N", email="n@example.com", by=cast.tom, at=NOON)
    with acting(by=cast.tom, channel="test"), pytest.raises(NoActor):
        change_customer(cast.ana, name="N", by=cast.ada, at=NOON)
