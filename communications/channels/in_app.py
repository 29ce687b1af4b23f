"""The conversation itself: what is said there stands in it once it is committed, and its readers are shown it live."""

from __future__ import annotations

from communications.channels.answer import Answer
from communications.models.delivery import Delivery, Outcome


class InAppLine:
    """Nothing leaves the desk: the message is read where the customer looks. What stays unread tickets send by mail."""

    def deliver(self, delivery: Delivery) -> Answer:
        return Answer(Outcome.DELIVERED, f"stands in the conversation {delivery.message.about_reference}")

    def close(self) -> None:
        """No line is held."""
