"""/inbound/anymail/<provider>/: what the desk's mail provider tells about mails it took (django-anymail, an extra)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from communications.models import Delivery
from communications.workflow.hear_of_mail import hear_of_mail
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor

log = logging.getLogger(__name__)
READ = frozenset({"opened", "clicked"})  # the desk does not watch its customers read
# Anymail calls a full mailbox and an unknown one "bounced" alike; providers tell them apart in fields of their own.
PASSES = frozenset({"softbounce", "transient", "temporary", "dnserror", "soft", "blocked"})
TOLD_IN = ("Type", "bounceType", "severity", "type", "bounce_type")


@csrf_exempt
def mail_news(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Anymail's own view checks who calls (ANYMAIL_WEBHOOK_SECRET, or the provider's signature) and reads the body.

    200 only once what it told is committed; any other provider's address is 404.
    """
    if not settings.DESK_EMAIL_PROVIDER or provider != settings.DESK_EMAIL_PROVIDER:
        raise Http404
    from anymail import urls  # noqa: PLC0415  an extra: only a desk with such a provider has it
    from anymail.signals import tracking  # noqa: PLC0415

    tracking.connect(take_in, dispatch_uid="communications.mail_news")
    names = (f"{provider}_tracking_webhook", f"{provider}_webhook")
    view = next((one.callback for one in urls.urlpatterns if one.name in names), None)
    if view is None:
        raise Http404
    answer: HttpResponseBase = view(request)
    return answer


def take_in(event: Any, **_: Any) -> None:
    """One piece of news; of a mail that the desk does not know it is logged and dropped."""
    if event.event_type in READ:
        return
    delivery = Delivery.objects.filter(provider_id=event.message_id or "?", kind="email").first()
    if delivery is None:
        log.warning("News of a mail that is not ours: %s, %s", event.event_type, event.message_id)
        return
    said = " ".join(str(one) for one in (event.reject_reason, event.description, event.mta_response) if one)
    room = system_actor(SystemActor.MAIL)
    with acting(by=room, channel="inbound", reason=f"the mail provider tells: {event.event_type}") as act:
        hear_of_mail(
            delivery,
            news=str(event.event_type),
            event=str(event.event_id or event.timestamp or ""),
            address=event.recipient or "",
            said=said,
            is_permanent=not _passes(event.esp_event),
            by=room,
            at=act.at or timezone.now(),
        )


def _passes(told: Any) -> bool:
    """Whether the provider says of its news that the next mail may well arrive."""
    if not isinstance(told, Mapping):
        return False
    words = [told.get(name) for name in TOLD_IN] + [dict(told.get("bounce") or {}).get("bounceType")]
    return any(str(word).lower() in PASSES for word in words)


urlpatterns = [path("inbound/anymail/<slug:provider>/", mail_news, name="mail_news")]
