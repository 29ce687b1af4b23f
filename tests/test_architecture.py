"""The house plan, held by tests: the ladder in keys, migrations and templates; history on every record."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from financy_support.desk.audit.audited_model import AppendOnlyModel, AuditedModel
from financy_support.desk.audit.triggers import history_model_of
from financy_support.desk.audit.without_history import WITHOUT_HISTORY

ROOT = Path(__file__).parent.parent
LADDER = ["desk", "api", "communications", "knowledge", "tickets", "shell"]  # lowest first
FOLDERS = {
    "desk": "financy_support/desk",
    "api": "financy_support/api",
    "communications": "communications",
    "tickets": "tickets",
    "shell": "financy_support",
}
OURS = [model for model in apps.get_models() if model._meta.app_label in LADDER]
HISTORIES = {history_model_of(model) for model in OURS if issubclass(model, AuditedModel)}


def test_every_record_has_history_or_a_reason_why_not():
    without = {
        model._meta.label_lower
        for model in apps.get_models()
        if not issubclass(model, (AuditedModel, AppendOnlyModel)) and model not in HISTORIES
    }
    assert without == set(WITHOUT_HISTORY)
    assert all(len(reason) > 10 for reason in WITHOUT_HISTORY.values())


def test_foreign_keys_point_down_the_ladder():
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in OURS
        for field in model._meta.concrete_fields
        if field.is_relation
        and field.related_model._meta.app_label in LADDER
        and LADDER.index(field.related_model._meta.app_label) > LADDER.index(model._meta.app_label)
    ]
    assert upward == []


def test_migrations_depend_down_the_ladder():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    upward = [
        (app, name, parent)
        for (app, name), migration in loader.disk_migrations.items()
        if app in LADDER
        for parent in migration.dependencies
        if parent[0] in LADDER and LADDER.index(parent[0]) > LADDER.index(app)
    ]
    assert upward == []


def test_templates_include_and_extend_down_the_ladder():
    upward = []
    for app, folder in FOLDERS.items():
        for template in (ROOT / folder).glob("templates/**/*.*"):
            for other in re.findall(r"{%\s*(?:include|extends)\s+[\"']([^\"']+)", template.read_text("utf-8")):
                owner = other.split("/")[0]
                if owner in LADDER and LADDER.index(owner) > LADDER.index(app):
                    upward.append((str(template), other))
    assert upward == []


def test_no_migration_is_missing(db):
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out, stderr=out)
    assert "No changes" in out.getvalue()


def test_the_system_checks_find_nothing(db):
    out = StringIO()
    call_command("check", fail_level="WARNING", stderr=out)
    assert out.getvalue() == ""


def test_entry_points_spell_no_filters_of_tickets():
    """API, admin and commands reach tickets through visible_to(actor) only (reliability A7)."""
    bare = re.compile(r"\bTicket\.objects\.(?!visible_to\b)\w+")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in ("tickets/api", "tickets/admin", "tickets/portal", "communications/api", "communications/admin")
        for path in (ROOT / folder).rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if bare.search(line) and "# in scope:" not in line
    ]
    assert found == []


def test_no_task_waits_in_the_broker():
    """Timers are due_at columns; the broker only wakes (design §1, 3)."""
    banned = re.compile(r"\b(countdown|eta|apply_async|\.delay)\s*[=(]")
    found = [str(path) for path in sources() if banned.search(path.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize("drawer", ["utils", "helpers", "services", "misc"])
def test_no_file_is_a_drawer(drawer):
    assert not [path for path in sources() if path.stem == drawer]


def test_every_file_says_its_job_in_its_first_line():
    silent = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.stat().st_size
        and "/migrations/" not in str(path)
        and not path.read_text("utf-8").startswith(('"""', "#!"))
    ]
    assert silent == []


def sources() -> list[Path]:
    return [
        path
        for folder in ("financy_support", "tickets", "knowledge", "communications")
        for path in (ROOT / folder).rglob("*.py")
    ]
