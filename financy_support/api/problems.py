"""Every refusal as a problem document (RFC 9457), with a stable code and the fields it is about."""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DatabaseError, IntegrityError, OperationalError
from django.db.models import BaseConstraint, UniqueConstraint
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework.exceptions import APIException, ValidationError

from financy_support.desk.errors import DeskError, NotFound, Problem

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
TYPE = "urn:financy-support:problem:"


def problem_response(exc: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's exception handler: any exception becomes a problem document; none shows the desk's insides."""
    response = _problem_of(exc)
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log(exc, context.get("request"))
    return response


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    title: str = "",
    problems: list[Problem] | None = None,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """A problem document. ``code`` is stable; ``problems`` name refused fields."""
    body = {
        "type": TYPE + code,
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": [{"field": each.field, "code": each.code, "detail": each.detail} for each in problems or []],
    }
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def not_found_page(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """For ``handler404`` under /api/: an unknown address and an invisible thing answer alike."""
    return _of_desk_error(NotFound())


def server_error_page(request: HttpRequest) -> HttpResponse:
    """For ``handler500`` under /api/."""
    return _broken()


def bad_request_page(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """For ``handler400`` under /api/."""
    return problem(400, "invalid", "This request cannot be read. Check its address, headers and body.")


def _problem_of(exc: Exception) -> HttpResponse:
    match exc:
        case DeskError():
            return _of_desk_error(exc)
        case Http404():
            return _of_desk_error(NotFound())
        case PermissionDenied():
            return problem(403, "not_allowed", "This person or token may not do this.")
        case ValidationError():
            problems = list(_flatten(exc.get_full_details()))
            return problem(400, "invalid", "Some values were refused. Nothing was changed.", problems=problems)
        case APIException():
            return _of_drf(exc)
        case DjangoValidationError():
            return problem(400, "invalid", "Some values were refused. Nothing was changed.", problems=_of_django(exc))
        case RequestDataTooBig():
            return problem(413, "too_large", "The body is larger than 1 MiB. Send less at once.")
        case SuspiciousOperation():
            return bad_request_page(HttpRequest())
        case IntegrityError():
            return _of_constraint(exc) or _broken()
        case OperationalError():
            detail = "The desk is busy or its database is away. Try again in a moment."
            return problem(503, "unavailable", detail, headers={"Retry-After": "1"})
    return _broken()


def _of_desk_error(exc: DeskError) -> HttpResponse:
    if exc.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _broken()
    headers = getattr(exc, "headers", None)
    return problem(exc.status, exc.code, exc.detail, title=exc.title, problems=exc.problems, headers=headers)


def _of_drf(exc: APIException) -> HttpResponse:
    headers: dict[str, str] = {}
    if header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(exc, "wait", None):  # seconds, of Throttled
        headers["Retry-After"] = str(max(1, round(wait)))
    code = exc.get_codes()
    detail = str(exc.detail)
    return problem(exc.status_code, code if isinstance(code, str) else "invalid", detail, headers=headers)


def _flatten(details: Any, path: str = "") -> list[Problem]:
    """DRF's nested errors as a flat list; a field is named by its path, e.g. ``handoff.impact_scope``."""
    if (
        isinstance(details, dict)
        and "message" in details
        and "code" in details
        and not isinstance(details["message"], dict)
    ):
        return [Problem(path, details["code"], str(details["message"]))]
    if isinstance(details, dict):
        pairs = [("" if key == "non_field_errors" else str(key), value) for key, value in details.items()]
    elif all(isinstance(value, dict) and "message" in value for value in details):
        return [each for value in details for each in _flatten(value, path)]
    else:
        pairs = [(str(index), value) for index, value in enumerate(details)]
    return [each for key, value in pairs for each in _flatten(value, f"{path}.{key}".strip("."))]


def _of_django(exc: DjangoValidationError) -> list[Problem]:
    if hasattr(exc, "error_dict"):
        named = [(field, error) for field, errors in exc.error_dict.items() for error in errors]
    else:
        named = [("", error) for error in exc.error_list]
    return [
        Problem("" if field == "__all__" else field, error.code or "invalid", str(message))
        for field, error in named
        for message in error.messages
    ]


def _of_constraint(exc: IntegrityError) -> HttpResponse | None:
    """A broken rule that a model declares is the sender's to mend; any other is a defect of the desk."""
    name = getattr(getattr(exc.__cause__, "diag", None), "constraint_name", None)
    constraint = _constraints().get(name or "")
    if constraint is None:
        return None
    said = constraint.violation_error_message
    if said == BaseConstraint.default_violation_error_message:
        said = f"This would break the rule “{constraint.name.replace('_', ' ')}”. Nothing was changed."
    if isinstance(constraint, UniqueConstraint):
        return problem(409, "taken", str(said))
    return problem(400, "invalid", str(said))


def _constraints() -> dict[str, BaseConstraint]:
    return {each.name: each for model in apps.get_models() for each in model._meta.constraints}


def _broken() -> HttpResponse:
    return problem(500, "server_error", "The desk failed at this. Nothing was changed; the failure is recorded.")


def _log(exc: Exception, request: Any) -> None:
    """Where it broke, without the words of customers: PostgreSQL quotes whole rows in its messages."""
    where = f"{getattr(request, 'method', '')} {getattr(request, 'path', '')}"
    if isinstance(exc, DatabaseError):
        frames = "".join(traceback.format_tb(exc.__traceback__))
        diag = getattr(exc.__cause__, "diag", None)
        rule = getattr(diag, "constraint_name", None) or getattr(exc.__cause__, "sqlstate", "")
        log.error("%s failed: %s %s\n%s", where, type(exc).__name__, rule, frames)
    else:
        log.error("%s failed", where, exc_info=exc)
