"""PostgreSQL itself sees to it that a runbook in force was signed by three people, for exactly its words and steps."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from financy_support.desk.audit.acting import acting
from knowledge.guide import digest_of_runbook
from knowledge.models import Category, Runbook, RunbookRevision
from tests.conftest import NOON
from tests.knowledge.runbooks import GOOD, numbered

SAID = {**GOOD, "steps": numbered(GOOD["steps"])}


@pytest.fixture
def draft(cast):
    with acting(by=cast.eve, channel="test"):
        shelf = Category.objects.get(slug="troubleshooting")
        runbook = Runbook.objects.create(code="general", issue_type="general_inquiry", category=shelf)
        return RunbookRevision.objects.create(runbook=runbook, number=1, author=cast.eve, created_at=NOON, **SAID)


def change(draft, by, **values):
    with transaction.atomic(), acting(by=by, channel="test"):
        RunbookRevision.objects.filter(pk=draft.pk).update(**values)
    draft.refresh_from_db()


def sign(draft, *, reviewer, approver):
    draft.refresh_from_db()
    change(draft, reviewer, reviewer=reviewer, reviewed_at=NOON, reviewed_digest=draft.digest, state="in_approval")
    change(draft, approver, approver=approver, approved_at=NOON, approved_digest=draft.digest, state="published")


def test_three_people_put_it_in_force(draft, cast):
    sign(draft, reviewer=cast.tom, approver=cast.tina)
    assert draft.is_reviewed and draft.is_approved and len(draft.digest) == 64


@pytest.mark.parametrize(("reviewer", "approver"), [("eve", "tina"), ("tom", "eve"), ("tom", "tom"), ("ada", "ada")])
def test_two_roles_in_one_person_are_refused_superusers_too(draft, cast, reviewer, approver):
    with pytest.raises(IntegrityError, match="runbook_is_signed_by_three"):
        sign(draft, reviewer=getattr(cast, reviewer), approver=getattr(cast, approver))


@pytest.mark.parametrize("state", ["approved", "published"])
def test_nothing_unsigned_is_in_force(draft, cast, state):
    with pytest.raises(IntegrityError, match="what_is_in_force_is_signed"):
        change(draft, cast.ada, state=state)


@pytest.mark.parametrize(("who", "digest"), [("reviewer", "reviewed_digest"), ("approver", "approved_digest")])
def test_nobody_signs_for_another(draft, cast, who, digest):
    draft.refresh_from_db()
    with pytest.raises(IntegrityError, match="own name"):
        change(draft, cast.ada, **{digest: draft.digest, who: cast.tom})


def test_what_was_signed_does_not_change(draft, cast):
    sign(draft, reviewer=cast.tom, approver=cast.tina)
    for said in (
        {"title": "Another"},
        {"steps": []},
        {"criteria": {}},
        {"documentation": []},
        {"template": "resolution_notification"},
        {"runbook": Runbook.objects.exclude(pk=draft.runbook_id)[0]},
    ):
        with pytest.raises(IntegrityError, match="draft only"):
            change(draft, cast.ada, **said)


def test_a_draft_that_changes_loses_its_signatures(draft, cast):
    draft.refresh_from_db()
    change(draft, cast.tom, reviewer=cast.tom, reviewed_digest=draft.digest)
    change(draft, cast.eve, steps=[{**SAID["steps"][0], "success": "escalate_to_tier_3"}])
    assert draft.reviewed_digest and not draft.is_reviewed
    change(draft, cast.tina, approver=cast.tina, approved_digest=draft.digest)
    with pytest.raises(IntegrityError, match="what_is_in_force_is_signed"):
        change(draft, cast.tina, state="published")


@pytest.mark.parametrize("state", ["published", "superseded"])
def test_signatures_of_what_people_worked_by_stay(draft, cast, state):
    sign(draft, reviewer=cast.tom, approver=cast.tina)
    change(draft, cast.ada, state=state)
    for said in ({"reviewer": None}, {"approver": cast.theo}, {"approved_digest": ""}, {"reviewed_digest": "x"}):
        with pytest.raises(IntegrityError):
            change(draft, cast.theo, **said)


def test_nobody_writes_as_the_house(draft, cast):
    with pytest.raises(IntegrityError, match="guide loader"), acting(by=cast.ada, channel="test"):
        RunbookRevision.objects.create(
            runbook=draft.runbook, number=2, author_id=2, created_at=NOON, state="published", **SAID
        )


def test_one_wording_is_in_force_and_one_at_work(draft, cast):
    more = {"runbook": draft.runbook, "author": cast.eve, "created_at": NOON, **SAID}
    with pytest.raises(IntegrityError, match="one_runbook_revision_at_work"), transaction.atomic():
        with acting(by=cast.eve, channel="test"):
            RunbookRevision.objects.create(number=2, **more)
    sign(draft, reviewer=cast.tom, approver=cast.tina)
    with acting(by=cast.eve, channel="test"):
        second = RunbookRevision.objects.create(number=2, **more)
    with pytest.raises(IntegrityError, match="one_runbook_revision_in_force"):
        sign(second, reviewer=cast.tom, approver=cast.tina)


JSON = st.recursive(
    st.booleans()
    | st.integers(-9, 99)
    | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(codec="ascii", blacklist_characters="\0"), max_size=4), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(JSON, JSON, JSON)
def test_the_loader_makes_the_digest_that_postgresql_makes(db, steps, criteria, documentation):
    said = {"title": "Título", "steps": steps, "criteria": criteria, "documentation": documentation, "template": "t"}
    assert made_by_postgresql(**said) == digest_of_runbook(**said)


def test_the_digest_tells_parts_apart_wherever_they_stand(db):
    said = {"title": "a", "steps": [], "criteria": [], "documentation": [], "template": "b"}
    others = [{"title": "ab", "template": ""}, {"title": "b", "template": "a"}, {"steps": ["x"]}, {"criteria": ["x"]}]
    assert len({made_by_postgresql(**{**said, **other}) for other in ({}, *others)}) == 5


def made_by_postgresql(*, title, steps, criteria, documentation, template):
    lists = [json.dumps(one) for one in (steps, criteria, documentation)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT knowledge_runbook_digest(%s, %s::jsonb, %s::jsonb, %s::jsonb, %s)", [title, *lists, template]
        )
        return cursor.fetchone()[0]
