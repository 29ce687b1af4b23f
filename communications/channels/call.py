"""A phone call that reads the words and asks for a key; that somebody picked up is no acknowledgement."""

from __future__ import annotations

from communications.channels.answer import Answer
from communications.channels.spoken import page_spoken
from communications.channels.twilio import callback_url, hand_over
from communications.models.delivery import Delivery

RINGS = 40  # seconds, short of most voice mails
EVENTS = ["initiated", "ringing", "answered", "completed"]


class CallLine:
    """One call to one number. What became of it comes back by signed callbacks."""

    def deliver(self, delivery: Delivery) -> Answer:
        spoken = page_of(delivery)
        return hand_over(
            delivery,
            find=lambda phone: phone.client.calls.list(to=delivery.address, from_=phone.account.sender, limit=20),
            make=lambda phone: phone.client.calls.create(
                to=delivery.address,
                from_=phone.account.sender,
                twiml=spoken,
                timeout=RINGS,
                status_callback=callback_url(delivery, "status"),
                status_callback_event=EVENTS,
                status_callback_method="POST",
            ),
        )

    def close(self) -> None:
        """Nothing is kept open."""


def page_of(delivery: Delivery) -> str:
    """What the phone says of a delivery, and where it tells which key was pressed."""
    message = delivery.message
    return page_spoken(
        f"{message.subject}. {message.body}", language=message.language, keys_to=callback_url(delivery, "keys")
    )
