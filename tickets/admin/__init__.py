"""The back office of tickets: the queue, the ticket page, and the policy's forms."""

from tickets.admin import calls, policy, portal, ticket  # noqa: F401  importing registers
