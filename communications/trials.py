"""The purposes of messages about the desk's own ways: trials of them, and one that was switched off."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from communications.purposes import Purpose

PURPOSES = (
    Purpose("test_page", _("Test page"), facts={}, is_to_staff=True),
    Purpose(
        "test_message",
        _("Test message"),
        facts={"sender_name": "Ada", "destination": "Tier 2"},
        is_to_staff=True,
    ),
    Purpose(
        "webhook_off",
        _("A webhook was switched off"),
        facts={"endpoint": "https://tool.example/hook", "why": "It answered 410 Gone.", "parked": "3"},
        required=frozenset({"endpoint", "why"}),
        is_to_staff=True,
    ),
)
