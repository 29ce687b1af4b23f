"""send_test_message: something harmless to a destination, to see that it arrives."""

from __future__ import annotations

from datetime import datetime

from communications.models import Destination, Message, Priority
from communications.send import About, Draft, send_message
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import User

PURPOSE = "test_message"


def send_test_message(destination: Destination, *, by: User, at: datetime) -> Message:
    """Say to a destination that this is a test, and whose. Raises NotAllowed for others than administrators."""
    current_act(by)
    if not by.is_superuser:
        raise NotAllowed("Only administrators test destinations. Ask one.")
    spoken = [language for language in Language if language.name.lower() in destination.languages]
    draft = Draft(
        PURPOSE,
        to=destination,
        about=About("communications.destination", destination.pk, "test"),
        language=(spoken or [Language.ENGLISH])[0].value,
        facts={"sender_name": by.name, "destination": destination.name},
        urgency=Priority.URGENT,
    )
    return send_message(draft, by=by, at=at)
