"""Trains: what leaves next and what keeps it, and what left, each carriage with its way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from financy_support.admin_base import person
from financy_support.desk.audit.acting import Act
from financy_support.desk.errors import NotFound
from knowledge.admin.verb_page import Do, PageOfVerbs
from knowledge.models import Train, TrainDeadline
from knowledge.workflow.depart_train import depart_train, manifest
from knowledge.workflow.return_carriage import return_carriage


def _depart(row: Train, said: Mapping[str, Any], act: Act) -> None:
    depart_train(row, by=act.by, at=act.at)


def _return(row: Train, said: Mapping[str, Any], act: Act) -> None:
    number = said.get("carriage", "")
    carriage = row.carriages.select_related("revision").filter(pk=number if number.isdecimal() else 0).first()
    if carriage is None:
        raise NotFound
    return_carriage(carriage, because=said.get("because", ""), by=act.by, at=act.at)


@admin.register(Train)
class TrainAdmin(PageOfVerbs):
    """One waits, the others have left."""

    list_display = ("__str__", "departed_at")
    template = "admin/knowledge/train.html"
    verbs: ClassVar[Mapping[str, Do]] = {"depart": _depart, "return": _return}

    def facts(self, request: HttpRequest, row: Train) -> dict[str, Any]:
        departure = TrainDeadline.objects.filter(train=row).order_by("id").first()
        return {
            "train": row,
            "departs_at": departure.due_at if departure else None,
            "manifest": [] if row.departed_at else manifest(),
            "carriages": row.carriages.select_related("revision__translation__article", "before"),
            "may_depart": person(request).is_superuser and not row.departed_at,
        }
