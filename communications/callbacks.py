"""/inbound/twilio/: what Twilio tells about calls and texts; its signature is its log-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.request_validator import RequestValidator

from communications.channels.call import page_of
from communications.channels.spoken import ACKNOWLEDGE, answer_spoken
from communications.channels.twilio import CALLBACKS, OLDEST_KEY, OLDEST_NEWS, account_of, delivery_named
from communications.models import Delivery, DeliveryState, ProviderAccount
from communications.workflow.acknowledge import acknowledge_delivery
from communications.workflow.hear_answer import hear_answer
from communications.workflow.hear_news import hear_news
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor

NOT_TWILIO = "Not signed by the account's token for this address (DESK_BASE_URL must be what Twilio calls)."


def of_delivery(within: timedelta) -> Any:
    """A callback whose address names a delivery and a try: the view gets both, and whether the address is older."""

    def of_view(view: Callable[[HttpRequest, Delivery, int, bool], HttpResponse]) -> Any:
        @csrf_exempt
        @require_POST
        @wraps(view)
        def checked(request: HttpRequest, token: str) -> HttpResponse:
            try:
                (pk, attempt), is_old = delivery_named(token, within=within), False
            except SignatureExpired:
                (pk, attempt), is_old = delivery_named(token), True
            except (BadSignature, ValueError):
                return HttpResponse("No such address.", status=404, content_type="text/plain")
            delivery = Delivery.objects.select_related("message__person", "destination__account").filter(pk=pk).first()
            account = account_of(delivery) if delivery else None
            if delivery is None or account is None or not is_signed(request, account):
                return HttpResponse(NOT_TWILIO, status=403, content_type="text/plain")
            return view(request, delivery, attempt, is_old)

        return checked

    return of_view


@of_delivery(within=OLDEST_NEWS)
def status(request: HttpRequest, delivery: Delivery, attempt: int, is_old: bool) -> HttpResponse:
    """How a call or a text goes on; repeated and overtaken news change nothing (``hear_news``)."""
    if is_old:
        return HttpResponse("Too old.", status=403, content_type="text/plain")
    said = request.POST
    outbox = system_actor(SystemActor.OUTBOX)
    number = said.get("SequenceNumber", "")
    with acting(by=outbox, channel="phone", reason="the provider told") as act:
        hear_news(
            delivery,
            attempt=attempt,
            provider_id=said.get("CallSid") or said.get("MessageSid", ""),
            sequence=int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0,
            status=said.get("CallStatus") or said.get("MessageStatus", ""),
            detail=f"error {said['ErrorCode']}" if said.get("ErrorCode") else "",
            by=outbox,
            at=act.at,
        )
    return HttpResponse(status=204)


@of_delivery(within=OLDEST_KEY)
def keys(request: HttpRequest, delivery: Delivery, attempt: int, is_old: bool) -> HttpResponse:
    """A key was pressed: only the right one acknowledges."""
    message, digits = delivery.message, request.POST.get("Digits", "")
    if is_old:
        return _speak(answer_spoken("too_late", language=message.language))
    if digits != ACKNOWLEDGE:
        return _speak(page_of(delivery))
    by, how = message.person or system_actor(SystemActor.PUBLIC), f"key {digits}"
    with acting(by=by, channel="phone", reason=f"acknowledged by {how}") as act:
        acknowledge_delivery(delivery, how=how, by=by, at=act.at)
    return _speak(answer_spoken("acknowledged", language=message.language))


@csrf_exempt
@require_POST
def texts(request: HttpRequest, number: int) -> HttpResponse:
    """Somebody answered a text: it is about the newest one that reached their number."""
    account = ProviderAccount.objects.filter(pk=number, kind="sms", is_active=True).first()
    if account is None or not is_signed(request, account):
        return HttpResponse(NOT_TWILIO, status=403, content_type="text/plain")
    newest = (
        Delivery.objects.filter(kind="sms", address=request.POST.get("From", ""), state=DeliveryState.DELIVERED)
        .filter(message__person__isnull=False)
        .select_related("message__person").order_by("-id").first()
    )  # fmt: skip
    if newest and newest.message.person:
        by, words = newest.message.person, request.POST.get("Body", "").strip()
        with acting(by=by, channel="phone", reason="answered a text") as act:
            hear_answer(newest, answer_id=request.POST.get("MessageSid", "")[:64], words=words, by=by, at=act.at)
    return _speak("<Response/>")


def is_signed(request: HttpRequest, account: ProviderAccount) -> bool:
    """By the account's token, for the address that Twilio calls, which a proxy or a forged Host header may hide."""
    address = settings.DESK_BASE_URL + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    is_ours = request.POST.get("AccountSid") == account.account
    return is_ours and bool(account.secret) and RequestValidator(account.secret).validate(
        address, request.POST, signature
    )  # fmt: skip


def _speak(twiml: str) -> HttpResponse:
    return HttpResponse(twiml, content_type="text/xml; charset=utf-8")


PLACE = CALLBACKS.removeprefix("/")
urlpatterns = [
    path(f"{PLACE}/<str:token>/status/", status),
    path(f"{PLACE}/<str:token>/keys/", keys),
    path(f"{PLACE}/texts/<int:number>/", texts),
]
