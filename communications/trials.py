"""The purposes of messages by which people try the desk's own ways."""

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
)
