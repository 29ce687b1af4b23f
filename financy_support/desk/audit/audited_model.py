"""The two kinds of record: audited (PostgreSQL keeps every version) and append-only (its own history)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models.signals import class_prepared
from simple_history import register

ERASED = "'[erased]'"
OF_TICKET = "ticket_id IN (SELECT id FROM tickets_ticket WHERE customer_id IN ({customers}))"


class AuditedModel(models.Model):
    """A record whose every change PostgreSQL copies into ``<table's> historical`` twin (design §3 'Audit').

    ``history_excludes`` names columns that must not be copied (secrets, generated columns).
    ``is_guide`` marks rows of the handbook: edited in forms, and a change of one starts a new guide edition.
    ``about_customers`` is the SQL condition by which a row belongs to one of ``{customers}`` (a query of ids), empty
    when it belongs to none; ``personal`` maps its columns to the SQL tombstones that ``erase_customer`` leaves.
    """

    history: ClassVar[Any]
    history_excludes: ClassVar[tuple[str, ...]] = ()
    is_guide: ClassVar[bool] = False
    about_customers: ClassVar[str] = ""
    personal: ClassVar[Mapping[str, str]] = {}

    class Meta:
        abstract = True


class AppendOnlyModel(models.Model):
    """A record that is written once and never changed; PostgreSQL refuses UPDATE, DELETE and TRUNCATE."""

    about_customers: ClassVar[str] = ""
    personal: ClassVar[Mapping[str, str]] = {}

    class Meta:
        abstract = True


class HistoryColumns(models.Model):
    """What every history row knows beside who and when: the door and the request it came through."""

    history_channel = models.TextField()
    history_request_id = models.TextField()

    class Meta:
        abstract = True


def actor_of(history_row: Any) -> Any:
    """The User who made this version; the id is a plain column, so that history outlives everything."""
    from financy_support.desk.people.user import User  # noqa: PLC0415  User is itself an AuditedModel

    return User.objects.filter(pk=history_row.history_user_id).first()


def refuse_to_set_actor(history_row: Any, user: Any) -> None:
    """History rows are PostgreSQL's to write."""
    raise TypeError("history is written by PostgreSQL; open acting(by=…) instead")


def _give_history(sender: type[models.Model], **_: Any) -> None:
    """Register history for each concrete model: an inherited Meta or manager would lose some (tried)."""
    if not issubclass(sender, AuditedModel) or sender._meta.abstract or sender._meta.proxy:
        return
    register(
        sender,
        excluded_fields=list(sender.history_excludes),
        bases=(HistoryColumns,),
        history_id_field=models.BigAutoField(),
        history_change_reason_field=models.TextField(blank=True, default=""),
        history_user_id_field=models.BigIntegerField(),
        history_user_getter=actor_of,
        history_user_setter=refuse_to_set_actor,
        # A history row is found by its record's id; indexes on its other columns only cost writes.
        no_db_index=[field.name for field in sender._meta.fields if not field.primary_key],
    )


class_prepared.connect(_give_history, dispatch_uid="desk.audit.give_history")
