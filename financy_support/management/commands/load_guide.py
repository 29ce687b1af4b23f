"""manage.py load_guide: put every app's guide rows into the database; what a person edited or deleted is left alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from communications.guide import guide_rows as communications_rows
from financy_support.desk.audit.acting import acting
from financy_support.desk.audit.guide_row import GuideRow, Ref
from financy_support.desk.guide import guide_rows as desk_rows
from financy_support.desk.people.user import SystemActor, system_actor
from knowledge.guide import guide_rows as knowledge_rows
from tickets.guide import guide_rows as tickets_rows

SOURCES = (desk_rows, communications_rows, knowledge_rows, tickets_rows)


class Command(BaseCommand):
    help = "Load the handbook's rows: prints what was added, changed, and left alone because a person edited it."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = {"added": 0, "changed": 0, "unchanged": 0, "left alone": 0}
        with acting(by=system_actor(SystemActor.GUIDE), channel="load_guide", reason="load_guide"):
            for rows in SOURCES:
                for row in rows():
                    verdict = load_row(row)
                    counts[verdict] += 1
                    if (verdict != "unchanged" and options["verbosity"] > 1) or verdict == "left alone":
                        self.stdout.write(f"{verdict}: {row.model} {_shown(row)}")
        self.stdout.write(", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + ".")


def load_row(row: GuideRow) -> str:
    """Upsert one guide row; returns added, changed, unchanged or left alone. Safe to call again."""
    model: Any = apps.get_model(row.model)
    key, values = _resolved(row.key), _resolved(row.values)
    found = model.objects.filter(**key).first()
    if found is None:
        deleted = model.history.filter(history_type="-", **key).exclude(history_user_id=SystemActor.GUIDE)
        if deleted.exists():
            return "left alone"
        model.objects.create(**key, **values)
        return "added"
    wrong = [name for name, value in values.items() if getattr(found, name) != value]
    if not wrong:
        return "unchanged"
    last = found.history.order_by("-history_id").first()
    if last and last.history_user_id != SystemActor.GUIDE:
        return "left alone"
    for name in wrong:
        setattr(found, name, values[name])
    found.save(update_fields=wrong)
    return "changed"


def _resolved(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _row_of(value) if isinstance(value, Ref) else value for name, value in values.items()}


def _row_of(ref: Ref) -> Any:
    model: Any = apps.get_model(ref.model)
    return model.objects.get(**ref.key)


def _shown(row: GuideRow) -> str:
    parts: Iterable[Any] = (value.key if isinstance(value, Ref) else value for value in row.key.values())
    return " ".join(str(part) for part in parts)
