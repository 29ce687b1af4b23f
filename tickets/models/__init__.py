"""A customer's question, from asked to answered."""

from tickets.models.appointment import AppointmentStatus, VideoAppointment
from tickets.models.attachment import Attachment
from tickets.models.category import Category, IssueType
from tickets.models.chat import (
    CHAT,
    ChatAgent,
    ChatDeadline,
    ChatPresence,
    ChatRule,
    ChatVisitor,
    ReadMark,
)
from tickets.models.deadline import DeadlineKind, TicketDeadline
from tickets.models.escalation import Escalation, EscalationKind
from tickets.models.follow_up import FollowUp
from tickets.models.phone_call import Direction, PhoneCall
from tickets.models.policy import (
    EscalationCriterion,
    EscalationPath,
    HoldReason,
    HoldRule,
    SatisfactionTarget,
    SeverityRoute,
    SlaMetric,
    SlaTarget,
)
from tickets.models.portal import Ended, PortalLink, PortalSession
from tickets.models.progress import ProgressUpdate, UpdateDraft
from tickets.models.reply import Reply, Voice
from tickets.models.resolution import Resolution
from tickets.models.satisfaction import SatisfactionRating
from tickets.models.ticket import Status, Ticket

__all__ = [
    "CHAT",
    "AppointmentStatus",
    "Attachment",
    "Category",
    "ChatAgent",
    "ChatDeadline",
    "ChatPresence",
    "ChatRule",
    "ChatVisitor",
    "DeadlineKind",
    "Direction",
    "Ended",
    "Escalation",
    "EscalationCriterion",
    "EscalationKind",
    "EscalationPath",
    "FollowUp",
    "HoldReason",
    "HoldRule",
    "IssueType",
    "PhoneCall",
    "PortalLink",
    "PortalSession",
    "ProgressUpdate",
    "ReadMark",
    "Reply",
    "Resolution",
    "SatisfactionRating",
    "SatisfactionTarget",
    "SeverityRoute",
    "SlaMetric",
    "SlaTarget",
    "Status",
    "Ticket",
    "TicketDeadline",
    "UpdateDraft",
    "VideoAppointment",
    "Voice",
]
