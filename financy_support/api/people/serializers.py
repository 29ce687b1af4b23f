"""What may be said of customers and organisations, field by field; the rules about values stand in the verbs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from financy_support.api.serializers import StrictSerializer
from financy_support.desk.people.customer_values import LONGEST_NAME
from financy_support.desk.people.language import Language

KNOWN_LANGUAGES = f"Use one of: {', '.join(Language.values)}."


def line(longest: int, **options: Any) -> serializers.CharField:
    """One line of at most ``longest`` characters."""
    return serializers.CharField(max_length=longest, **options)


class TrueOrFalse(serializers.BooleanField):
    """JSON's own true and false: what opens tickets to colleagues is not guessed from words or numbers."""

    default_error_messages = {"invalid": "Say true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class ChangeCustomer(StrictSerializer):
    """What is to be otherwise; the rest stays. Customers change their language, time zone and preferred channel."""

    name = line(LONGEST_NAME, required=False)
    phone = line(32, required=False, allow_blank=True)
    organisation = serializers.IntegerField(
        min_value=1, max_value=2**62, required=False, allow_null=True, help_text="Id; null: none."
    )
    language = serializers.ChoiceField(
        Language.choices, required=False, error_messages={"invalid_choice": f"“{{input}}”: {KNOWN_LANGUAGES}"}
    )
    time_zone = line(64, required=False, help_text="IANA name, e.g. America/Sao_Paulo.")
    preferred_channel = line(32, required=False, help_text="Code of a communication channel, e.g. email_support.")


class RegisterCustomer(ChangeCustomer):
    """Somebody new. Left out: English, America/Sao_Paulo, email_support, no phone, no organisation."""

    name = line(LONGEST_NAME)
    email = line(254, help_text="No other customer's, whatever the case of its letters.")


class ChangeOrganisation(StrictSerializer):
    """What is to be otherwise; the rest stays."""

    name = line(LONGEST_NAME, required=False)
    shares_tickets = TrueOrFalse(required=False, help_text="Its people see the public side of each other's tickets.")


class RegisterOrganisation(ChangeOrganisation):
    """A new firm; it shares nothing unless said."""

    name = line(LONGEST_NAME)
