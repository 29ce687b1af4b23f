"""What a token opens: nothing unless a view says so, then by scope; which rows, each model's ``visible_to`` decides."""

from __future__ import annotations

from typing import Any, Protocol

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from financy_support.api.scopes import Scope
from financy_support.desk.people.user import UserKind


class DenyAll(BasePermission):
    """The default: a view that names no permission is closed (design §3 'Access': default deny)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class Scoped(Protocol):
    """What ``HasScope`` asks of a view."""

    scope_read: Scope
    scope_write: Scope
    is_for_staff: bool


class HasScope(BasePermission):
    """Tools need the scope that the view names; a person's token is narrowed only when it lists scopes.

    Views with ``is_for_staff`` refuse customers whatever the object, so that a refusal tells nothing about it.
    """

    message = "This token or person may not do this here."
    code = "not_allowed"

    def has_permission(self, request: Request, view: Scoped) -> bool:  # type: ignore[override]  # narrower view
        user = request.user
        if not user.is_authenticated:
            return False
        if view.is_for_staff and user.kind == UserKind.CUSTOMER:
            return False
        if getattr(view, "is_for_tools", False) and user.kind != UserKind.TOOL:
            return False
        if user.kind != UserKind.TOOL and not user.scopes:
            return user.kind != UserKind.SYSTEM
        return (view.scope_read if request.method in SAFE_METHODS else view.scope_write) in user.scopes
