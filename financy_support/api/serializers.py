"""Taking in a body: every field is known, typed and bounded, or refused by name."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request

FIRST_YEAR, LAST_YEAR = 1970, 2999


def refuse_absurd(moment: datetime) -> None:
    """A moment before 1970 or after 2999 is a typing error, and beyond what time zones can be applied to."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValidationError(f"Give a moment between {FIRST_YEAR} and {LAST_YEAR}.", code="out_of_range")


class StrictSerializer(serializers.Serializer[Any]):
    """A body with exactly these fields; an unknown or read-only one is refused, never dropped (ASVS 15.3.3)."""

    @classmethod
    def take(cls, request: Request) -> dict[str, Any]:
        """The checked body of a request. Raises ValidationError naming each refused field."""
        return dict(_checker(cls).run_validation(request.data))

    def to_internal_value(self, data: Any) -> Any:
        known = [name for name, field in self.fields.items() if not field.read_only]
        unknown = set(data) - set(known) if isinstance(data, dict) else set()
        problems = {
            str(name): [ErrorDetail(f"Unknown field. Known: {', '.join(known) or 'none'}.", "unknown_field")]
            for name in sorted(unknown, key=str)
        }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as exc:
            problems = {**exc.detail, **problems}  # type: ignore[dict-item]  # a serializer's detail is a dict
        if problems:
            raise serializers.ValidationError(problems)
        return values


@cache
def _checker(shape: type[StrictSerializer]) -> StrictSerializer:
    """One a shape for all requests, since DRF copies every field for each new one; checking changes nothing in it."""
    return shape()


class ProblemDetail(serializers.Serializer[Any]):
    """One refused field."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemDocument(serializers.Serializer[Any]):
    """RFC 9457, as every refusal is answered."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable: decide by this, not by the words.")
    detail = serializers.CharField()
    errors = ProblemDetail(many=True)  # type: ignore[assignment]  # the RFC's extension, not DRF's property
