"""No lost updates: a change names the version it was made from."""

from __future__ import annotations

from rest_framework.request import Request

from financy_support.desk.errors import DeskError


class PreconditionRequired(DeskError):
    """A change without If-Match (RFC 6585)."""

    status, code, title = 428, "precondition_required", "Precondition required"


class PreconditionFailed(DeskError):
    """Somebody changed it in between (RFC 9110)."""

    status, code, title = 412, "precondition_failed", "Changed in between"


def etag_of(version: int | str) -> str:
    """The ETag of a record's ``version``: a number that counts up, or a digest of what it says."""
    return f'"{version}"'


def require_match(request: Request, version: int | str) -> None:
    """Hold `If-Match` against the version of a locked row.

    Raises PreconditionRequired (428), PreconditionFailed (412).
    """
    said = request.headers.get("If-Match")
    if said is None:
        detail = "Read it first and send its ETag back as If-Match, so that nobody's change is lost."
        raise PreconditionRequired(detail, field="If-Match")
    if etag_of(version) not in [tag.strip() for tag in said.split(",")]:
        detail = "It was changed in between. Read it again and send the new ETag as If-Match."
        raise PreconditionFailed(detail, field="If-Match")
