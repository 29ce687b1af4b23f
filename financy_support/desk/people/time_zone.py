"""Checks that a name is a time zone the machine knows."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless ``name`` is an IANA time zone such as America/Sao_Paulo."""
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is no time zone. Use an IANA name, e.g. America/Sao_Paulo."), "time_zone", {"name": name})
