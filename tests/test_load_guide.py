"""load_guide: adds, changes what the handbook changed, and leaves alone what a person edited."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

from django.core.management import call_command

from financy_support.desk.audit.guide_row import GuideRow, Ref
from financy_support.management.commands.load_guide import load_row
from tickets.models import SlaTarget


def load() -> str:
    out = StringIO()
    call_command("load_guide", stdout=out)
    return out.getvalue()


def test_a_second_load_changes_nothing(db):
    assert load().strip().startswith("0 added, 0 changed,")


def test_what_a_person_edited_is_left_alone_and_named(cast, act):
    edited = SlaTarget.objects.filter(metric="resolution", severity="low")
    with act(cast.ada):
        edited.update(target=timedelta(days=5))
    said = load()
    assert "left alone: tickets.SlaTarget resolution low" in said
    assert "1 left alone" in said
    assert edited.get().target == timedelta(days=5)


def test_what_a_person_deleted_stays_deleted_and_is_named(cast, act):
    with act(cast.ada):
        SlaTarget.objects.filter(metric="resolution", severity="low").delete()
    assert "left alone: tickets.SlaTarget resolution low" in load()
    assert not SlaTarget.objects.filter(metric="resolution", severity="low").exists()


def test_a_new_figure_of_the_handbook_replaces_the_old_one(cast, act):
    from financy_support.desk.people.user import SystemActor, system_actor

    row = GuideRow(
        "tickets.SlaTarget",
        {"metric": "tier_response", "severity": "low", "tier": Ref("desk.SupportTier", number=1)},
        {"target": timedelta(hours=20)},
    )
    with act(system_actor(SystemActor.GUIDE)):
        assert load_row(row) == "changed"
        assert load_row(row) == "unchanged"
