"""Checks that a name is a time zone the machine knows."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless ``name`` is an IANA time zone such as America/Sao_Paulo."""
    if name not in _known():
        problem = _("“%(name)s” is no time zone. Use an IANA name, e.g. America/Sao_Paulo.")
        raise ValidationError(problem, "time_zone", {"name": name})


@cache
def _known() -> frozenset[str]:
    """Reading the list walks the disk; it does not change while the desk runs."""
    return frozenset(available_timezones())
