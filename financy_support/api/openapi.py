"""How the API describes itself: bearer tokens, problem documents, idempotency and version headers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes

from financy_support.api.problems import CONTENT_TYPE
from financy_support.api.serializers import ProblemDocument

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="A new value for each thing asked; the same on a retry. Tools must send it.",
)
IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, required=True, description="The ETag that was read."
)
REQUEST_ID = OpenApiParameter(
    "X-Request-ID", OpenApiTypes.STR, OpenApiParameter.HEADER, description="Joins the history of what is changed."
)
HEADERS = {"POST": [IDEMPOTENCY_KEY, REQUEST_ID], "PATCH": [IF_MATCH, REQUEST_ID]}


class DeskSchema(AutoSchema):
    """Adds to each operation what all of them share."""

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *HEADERS.get(self.method, [])]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(ProblemDocument, direction)
        bodies["default"] = {
            "description": "Refused; `code` says why, `errors` name the fields.",
            "content": {CONTENT_TYPE: {"schema": problem.ref}},
        }
        return bodies


class BearerTokenScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer fin_…`."""

    target_class = "financy_support.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "From `manage.py issue_token`."}
