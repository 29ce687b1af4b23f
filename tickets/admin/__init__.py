"""The back office of tickets: the queue, the ticket page, and the policy's forms."""

from tickets.admin import calls, policy, ticket  # noqa: F401  importing registers
