"""What phone calls and SMS share: Twilio's own client with its waits bounded, and its refusals in our terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import requests
from django.conf import settings
from django.core import signing
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from communications.channels.answer import Answer
from communications.channels.doubt import in_doubt_since
from communications.channels.in_time import in_time
from communications.channels.wire import (
    Reply,
    is_this_machine,
    no_answer,
    not_sent,
    refused,
    retry_after,
    was_not_sent,
    what_broke,
)
from communications.models.account import ProviderAccount
from communications.models.delivery import Delivery, DeliveryAttempt, Outcome

CALLBACKS = "/inbound/twilio"
SALT = "communications.twilio"
# A key is pressed while the page is news. Networks tell hours or days later what became of a text: as long as the
# outbox itself would go on trying.
OLDEST_KEY, OLDEST_NEWS = timedelta(minutes=5), timedelta(days=4)
CLOCKS_DIFFER = timedelta(minutes=2)
TOO_MANY = 20429
# What is wrong with the account, not with the message: https://www.twilio.com/docs/api/errors
OURS = {20003, 20005, 20008, 21212, 21606, 21603, 21210, 10001, 20426}
# What ends a call or a text without anybody having heard or read it. Busy passes; the others end its way by phone.
FAILURES = {
    "busy": Outcome.TEMPORARY,
    "no-answer": Outcome.PERMANENT,
    "failed": Outcome.PERMANENT,
    "canceled": Outcome.PERMANENT,
    "undelivered": Outcome.PERMANENT,
}
WAYS_OUT = {
    21211: "Correct the phone number: + and country code, digits only.",
    21214: "This number cannot be called: give another one.",
    21217: "Correct the phone number: + and country code, digits only.",
    21608: "A trial account reaches verified numbers only: verify it, or upgrade the account.",
    21610: "This person has told the provider STOP: ask them to send START.",
    21614: "This number takes no SMS: call it instead.",
}


class Phone:
    """One account and Twilio's own client for it, which has no time-out and no address but its own unless told."""

    def __init__(self, account: ProviderAccount) -> None:
        self.account = account
        self.headers: Mapping[str, str] = {}
        self._http: Any = TwilioHttpClient(
            timeout=settings.PROVIDER_TIMEOUT, max_retries=0, request_hooks={"response": self._hear}
        )
        self.client = Client(account.account, account.secret, http_client=self._http)
        if account.base_url:
            self.client.api.base_url = account.base_url.rstrip("/")
            self.session.trust_env = not is_this_machine(account.base_url)

    @property
    def session(self) -> requests.Session:
        """What the library asks by."""
        session: requests.Session = self._http.session
        return session

    def close(self) -> None:
        self.session.close()

    def _hear(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """The library keeps the headers to itself, and Retry-After with them."""
        self.headers = response.headers


def account_of(delivery: Delivery) -> ProviderAccount | None:
    """The destination's account; for a person the first one of this kind that is in use."""
    if delivery.destination is not None:
        return delivery.destination.account
    return ProviderAccount.objects.filter(kind=delivery.kind, is_active=True).order_by("pk").first()


def hand_over(delivery: Delivery, *, find: Callable[[Phone], list[Any]], make: Callable[[Phone], Any]) -> Answer:
    """One try: ``find`` lists what an earlier try may have made, asked only when one is in doubt; ``make`` makes it."""
    account = account_of(delivery)
    if account is None:
        return Answer(Outcome.TEMPORARY, f"no account of the kind “{delivery.kind}” is in use: add one", is_away=True)
    phone, is_making = Phone(account), False
    try:
        since = in_doubt_since(delivery, is_settled_by_hand=True)
        with in_time(phone.session, settings.PROVIDER_TIMEOUT):
            earlier = _own(find(phone), since - CLOCKS_DIFFER) if since else None
        if earlier:
            return Answer(Outcome.DELIVERED, f"an earlier try had arrived: {earlier.status}", provider_id=earlier.sid)
        is_making = True
        with in_time(phone.session, settings.PROVIDER_TIMEOUT):
            made = make(phone)
    except TwilioException as error:
        return _refusal(error, phone.headers)
    except requests.RequestException as error:
        lost = no_answer if is_making and not was_not_sent(error) else not_sent
        return lost(OSError(what_broke(error)))
    except ValueError:  # no JSON
        return Answer(Outcome.UNKNOWN if is_making else Outcome.TEMPORARY, "no answer of Twilio's", is_away=True)
    finally:
        phone.close()
    return Answer(Outcome.DELIVERED, f"taken: {made.status}", provider_id=made.sid)


def _own(found: list[Any], since: datetime) -> Any:
    """What the try in doubt must have made: the only one that nothing else has made and that did not end unheard.

    Twilio does not say for what a call was made, and one person may have several at once. Who cannot tell calls
    again: hearing a page twice is better than never.
    """
    taken = set(
        DeliveryAttempt.objects.filter(provider_id__in=[one.sid for one in found]).values_list("provider_id", flat=True)
    )
    left = [one for one in found if one.sid not in taken and one.status not in FAILURES]
    left = [one for one in left if one.date_created and one.date_created >= since]
    return left[0] if len(left) == 1 else None


def callback_url(delivery: Delivery, what: str) -> str:
    """Where Twilio tells about this try; the address itself says which, and since when."""
    token = signing.TimestampSigner(salt=SALT).sign(f"{delivery.pk}.{delivery.attempts}")
    return f"{settings.DESK_BASE_URL}{CALLBACKS}/{token}/{what}/"


def delivery_named(token: str, *, within: timedelta | None = None) -> tuple[int, int]:
    """Delivery id and try of a callback's address. Raises BadSignature, SignatureExpired when it is older."""
    named = signing.TimestampSigner(salt=SALT).unsign(token, max_age=within)
    delivery, _, attempt = named.partition(".")
    return int(delivery), int(attempt)


def _refusal(error: TwilioException, headers: Mapping[str, str]) -> Answer:
    if not isinstance(error, TwilioRestException):
        return Answer(Outcome.UNKNOWN, f"no answer of Twilio's: {type(error).__name__}")
    text = f"{error.code}: {error.msg}"
    if error.code == TOO_MANY:
        return Answer(Outcome.TEMPORARY, text, retry_after=retry_after(headers), is_away=True)
    if error.code in OURS:
        return Answer(Outcome.TEMPORARY, f"{text} — correct the account: its id, token or number", is_away=True)
    if error.code in WAYS_OUT:
        return Answer(Outcome.PERMANENT, f"{text} — {WAYS_OUT[error.code]}")
    return refused(Reply(error.status, headers, b""), text)
