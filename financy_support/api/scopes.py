"""What a token may be allowed: the list that `issue_token`, permissions and the API's description share."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """Each view names one to read by and one to write by (design §3 'Access': tools what their token's scopes name)."""

    TICKETS_READ = "tickets:read", _("read tickets")
    TICKETS_WRITE = "tickets:write", _("open, answer and move tickets")
    CUSTOMERS_READ = "customers:read", _("read customers and organisations")
    MAIL_WRITE = "mail:write", _("hand in mail that came for the desk")
    CHAT = "chat", _("chat: of a customer their own; of a tool, vouch for customers")
    CUSTOMERS_WRITE = "customers:write", _("register and change customers and organisations")
    KNOWLEDGE_READ = "knowledge:read", _("read articles")
    KNOWLEDGE_WRITE = "knowledge:write", _("write, review and publish articles; record releases")
    WEBHOOKS = "webhooks", _("register webhooks and see how their news travelled")
    MESSAGES_READ = "messages:read", _("read messages and how their delivery went")
