"""History as people read it: one entry an act, with who, when, which door, why, and each value before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models
from django.utils import formats, timezone
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from financy_support.desk.audit.audited_model import AuditedModel
from financy_support.desk.people.user import User

LONGEST_VALUE = 300
KINDS = {"+": _("added"), "~": _("changed"), "-": _("removed")}


@dataclass(frozen=True)
class Change:
    """One value; ``before`` is empty for what was just added."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Touched:
    """One record in one act."""

    what: str
    kind: str
    changes: list[Change]


@dataclass
class ActShown:
    """Everything that one person did in one request."""

    at: datetime
    by: str
    channel: str
    reason: str
    request_id: str
    touched: list[Touched] = field(default_factory=list)


def acts_on(
    records: Mapping[type[AuditedModel], Collection[Any]],
    *,
    limit: int,
    leave_out: Collection[str] = (),
    is_brief: bool = False,
) -> list[ActShown]:
    """The latest acts on ``records`` (ids by model), newest first, from up to ``limit`` versions a model.

    ``leave_out`` names columns that only follow from others; ``is_brief`` tells of what was added but not each of its
    values. Statements: one a model, one a kind of related record.
    Source: design §3 'Audit' (actor, channel, reason, request id on every version).
    """
    versions = {model: _versions(model, ids, limit) for model, ids in records.items()}
    names = _Names(versions)
    acts: dict[str, ActShown] = {}
    for model, rows in versions.items():
        for row, earlier in _pairs(rows, model, limit):
            touched = _touched(model, row, earlier, names, leave_out, is_brief)
            if touched.changes or touched.kind != KINDS["~"]:
                _act(acts, row, names).touched.append(touched)
    return sorted(acts.values(), key=lambda act: act.at, reverse=True)


def _versions(model: type[AuditedModel], ids: Collection[Any], limit: int) -> list[dict[str, Any]]:
    key = f"{_key(model)}__in"
    return list(model.history.filter(**{key: list(ids)}).order_by("-history_id").values()[:limit]) if ids else []


def _pairs(
    rows: list[dict[str, Any]], model: type[AuditedModel], limit: int
) -> Iterable[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Each version with the one before it; a version whose earlier one was not read is only the other's “before”."""
    of_record: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        of_record[row[_key(model)]].append(row)
    for versions in of_record.values():
        for row, earlier in zip(versions, [*versions[1:], None], strict=True):
            if earlier is not None or row["history_type"] == "+":
                yield row, earlier


def _act(acts: dict[str, ActShown], row: dict[str, Any], names: _Names) -> ActShown:
    by, reason = row["history_user_id"], row["history_change_reason"]
    shown = ActShown(
        at=row["history_date"],
        by=names.of(User, by),
        channel=row["history_channel"],
        reason=reason,
        request_id=row["history_request_id"],
    )
    act = acts.setdefault(f"{by} {row['history_request_id']}", shown)
    act.reason = act.reason or reason
    act.at = max(act.at, row["history_date"])
    return act


def _touched(
    model: type[AuditedModel],
    row: dict[str, Any],
    earlier: dict[str, Any] | None,
    names: _Names,
    leave_out: Collection[str],
    is_brief: bool,
) -> Touched:
    fields = [one for one in _fields(model) if one.name not in leave_out]
    changes = [
        Change(
            str(one.verbose_name),
            names.said(one, earlier[one.attname]) if earlier else "",
            names.said(one, row[one.attname]),
        )
        for one in fields
        if (earlier is None and not is_brief and row[one.attname] not in (None, "", [], {}, one.get_default()))
        or (earlier is not None and earlier[one.attname] != row[one.attname])
    ]
    kind = row.get("kind")
    what = str(model._meta.verbose_name)
    if kind is not None:
        named = next(one for one in _fields(model) if one.name == "kind")
        what = f"{what}: {names.said(named, kind).replace('_', ' ')}"
    return Touched(what, KINDS[row["history_type"]], changes if row["history_type"] != "-" else [])


class _Names:
    """What ids stand for, one statement a kind of record."""

    def __init__(self, versions: Mapping[type[AuditedModel], list[dict[str, Any]]]) -> None:
        wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
        for model, rows in versions.items():
            for row in rows:
                wanted[User].add(row["history_user_id"])
                for one in _fields(model):
                    if one.remote_field and row[one.attname] is not None:
                        wanted[one.related_model].add(row[one.attname])
        self._names = {
            model: {key: str(found) for key, found in model._default_manager.in_bulk(ids).items()}
            for model, ids in wanted.items()
            if ids
        }

    def of(self, model: type[models.Model], key: Any) -> str:
        return self._names.get(model, {}).get(key) or f"#{key}"

    def said(self, one: Any, value: Any) -> str:
        """A value as a person reads it."""
        if value in (None, ""):
            return "—"
        if one.remote_field:
            return self.of(one.related_model, value)
        if one.choices:
            return str(dict(one.flatchoices).get(value, value))
        return said(value)


def said(value: Any) -> str:
    """A plain value as a person reads it, in the viewer's zone."""
    if value in (None, "", [], {}):
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return formats.date_format(timezone.localtime(value), "j M Y H:i:s")
    if isinstance(value, date):
        return formats.date_format(value, "j M Y")
    if isinstance(value, timedelta):
        return span(value)
    return Truncator(str(value)).chars(LONGEST_VALUE)


def span(value: timedelta) -> str:
    """“2 hours, 5 minutes”; never below a minute's exactness but for what is shorter."""
    seconds = abs(value.total_seconds())
    if seconds < 60:
        return _("%d seconds") % seconds
    start = datetime(2000, 1, 3, tzinfo=UTC)
    return timesince(start, start + timedelta(seconds=seconds)).replace("\xa0", " ")


def _fields(model: type[AuditedModel]) -> list[Any]:
    """What can change and is kept: no key, no generated or excluded column."""
    kept = {one.attname for one in model.history.model._meta.concrete_fields}
    return [one for one in model._meta.concrete_fields if not one.primary_key and one.attname in kept]


def _key(model: type[AuditedModel]) -> str:
    assert model._meta.pk is not None
    return model._meta.pk.attname
