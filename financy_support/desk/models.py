"""The floor's records, from its three rooms: people, time, audit."""

from financy_support.desk.audit.guide_edition import GuideEdition
from financy_support.desk.audit.maintenance import MaintenanceRecord
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.organisation import Organisation
from financy_support.desk.people.role import OnCallShift, ResponseRole
from financy_support.desk.people.team import Team, TeamMembership
from financy_support.desk.people.tier import SupportTier
from financy_support.desk.people.user import User
from financy_support.desk.time.calendar import BusinessCalendar, Holiday, OpeningHours
from financy_support.desk.time.heartbeat import Heartbeat

__all__ = [
    "BusinessCalendar",
    "Customer",
    "GuideEdition",
    "Heartbeat",
    "Holiday",
    "MaintenanceRecord",
    "OnCallShift",
    "OpeningHours",
    "Organisation",
    "ResponseRole",
    "SupportTier",
    "Team",
    "TeamMembership",
    "User",
]
