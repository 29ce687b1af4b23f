"""Registry: kind of channel → the module whose ``deliver`` sends one delivery. Adding a channel is a file and a line."""

from __future__ import annotations

from collections.abc import Callable

from communications.channels import email
from communications.channels.answer import Answer
from communications.models import Delivery

CHANNELS: dict[str, Callable[[Delivery], Answer]] = {
    "email": email.deliver,
}
