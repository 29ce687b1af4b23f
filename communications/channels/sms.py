"""A text message: the subject and as much of the words as a few parts hold, and how to acknowledge."""

from __future__ import annotations

from communications.channels.answer import Answer
from communications.channels.spoken import ACKNOWLEDGE
from communications.channels.twilio import Phone, callback_url, hand_over
from communications.models.delivery import Delivery
from communications.models.message import Message

LONGEST = 480  # about seven parts of 70 letters, when accents ask for them; Twilio takes 1600
ANSWER = {
    "en": "Reply {key} to acknowledge.",
    "pt": "Responda {key} para confirmar.",
    "es": "Responda {key} para confirmar.",
}


class SmsLine:
    """One text to one number. Whether it arrived comes back by signed callbacks."""

    def deliver(self, delivery: Delivery) -> Answer:
        body = text_of(delivery.message)

        def find(phone: Phone) -> list[object]:
            sent = phone.client.messages.list(to=delivery.address, from_=phone.account.sender, limit=20)
            return [one for one in sent if one.body == body]

        return hand_over(
            delivery,
            find=find,
            make=lambda phone: phone.client.messages.create(
                to=delivery.address,
                from_=phone.account.sender,
                body=body,
                status_callback=callback_url(delivery, "status"),
            ),
        )

    def close(self) -> None:
        """Nothing is kept open."""


def text_of(message: Message) -> str:
    """What the phone shows. To staff it says how to acknowledge."""
    end = f"\n{ANSWER[message.language].format(key=ACKNOWLEDGE)}" if message.person_id else ""
    said = f"{message.subject}\n{message.body.strip()}"
    room = LONGEST - len(end)
    return (said if len(said) <= room else f"{said[: room - 2].rstrip()} …") + end
