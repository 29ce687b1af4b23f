"""The back office of communications: what was said, how it went, and the prepared wordings."""

from communications.admin import accounts, acknowledged, gates, inbound, sent, webhooks, wording  # noqa: F401  importing registers
