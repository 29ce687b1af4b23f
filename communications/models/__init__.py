"""What is said, in which words, by which channel, and how it went; and what came in."""

from communications.models.account import Destination, ProviderAccount
from communications.models.bounce import BouncedAddress
from communications.models.channel import Availability, Channel
from communications.models.delivery import Delivery, DeliveryAttempt, DeliveryState, Outcome, Priority
from communications.models.event import Acknowledgement, DeliveryEvent
from communications.models.gate import Gate
from communications.models.inbound import (
    WAITING,
    Became,
    Door,
    InboundMail,
    MailboxPlace,
    MailState,
    MailTry,
    RawMail,
)
from communications.models.message import Message
from communications.models.phrase import Phrase
from communications.models.restraint import MailBudget, QuietHours
from communications.models.template import MessageTemplate
from communications.models.webhook import WebhookEndpoint

__all__ = [
    "WAITING",
    "Acknowledgement",
    "Availability",
    "Became",
    "BouncedAddress",
    "Channel",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryEvent",
    "DeliveryState",
    "Destination",
    "Door",
    "Gate",
    "InboundMail",
    "MailBudget",
    "MailState",
    "MailTry",
    "MailboxPlace",
    "Message",
    "MessageTemplate",
    "Outcome",
    "Phrase",
    "Priority",
    "ProviderAccount",
    "QuietHours",
    "RawMail",
    "WebhookEndpoint",
]
