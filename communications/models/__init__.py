"""What is said, in which words, by which channel, and how it went."""

from communications.models.account import Destination, ProviderAccount
from communications.models.channel import Availability, Channel
from communications.models.delivery import Delivery, DeliveryAttempt, DeliveryState, Outcome, Priority
from communications.models.message import Message
from communications.models.phrase import Phrase
from communications.models.template import MessageTemplate

__all__ = [
    "Availability",
    "Channel",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "Destination",
    "Message",
    "MessageTemplate",
    "Outcome",
    "Phrase",
    "Priority",
    "ProviderAccount",
]
