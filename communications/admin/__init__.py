"""The back office of communications: what was said, how it went, and the prepared wordings."""

from communications.admin import accounts, acknowledged, inbound, sent, webhooks, wording  # noqa: F401  importing registers
