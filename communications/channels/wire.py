"""One HTTP request to a provider: a time-out for all of it, no redirect, no retry of its own, an honest end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from communications.channels.answer import Answer
from communications.channels.in_time import InTimeAdapter, in_time
from communications.models.delivery import Outcome

LONGEST_ANSWER = 256 * 1024
LONGEST_KEPT = 2048  # characters of an answer that are worth keeping
GATEWAY_GAVE_UP = 504


class NotSent(Exception):
    """The provider could not be reached: it has not seen the request."""


class NotPublic(Exception):
    """The address leads to this machine or into a private network; no connection was made."""


class NoAnswer(Exception):
    """The line broke, or fell silent, after the request was handed over: it may have been done."""


@dataclass(frozen=True)
class Reply:
    """What the provider said. ``headers`` are looked up whatever the case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def ask(method: str, url: str, *, is_outside: bool = False, **given: Any) -> Reply:
    """Send one request (``json``, ``data``, ``params``, ``headers``, ``auth`` as requests takes them).

    ``is_outside``: somebody outside the desk chose the address. Its name is looked up once, and that very address is
    judged and connected to, so no second look-up can lead elsewhere (reliability W2).
    Raises NotSent, NoAnswer, NotPublic. Secrets in the address never join what these say.
    """
    with requests.Session() as session:
        session.trust_env = not is_this_machine(url)  # a proxy of the environment cannot reach what only we can
        if is_outside:
            session.trust_env = False  # a proxy would look the name up again
            for scheme in ("http", "https"):
                adapter = OutsideAdapter(scheme == "https", allow_loopback=settings.WEBHOOKS_TO_LOOPBACK)
                session.mount(f"{scheme}://", adapter)
        seconds = settings.PROVIDER_TIMEOUT
        try:
            with (
                in_time(session, seconds),
                session.request(method, url, timeout=seconds, allow_redirects=False, stream=True, **given) as answer,
            ):
                return Reply(answer.status_code, answer.headers, _body(answer))
        except InvalidIPAddress:
            raise NotPublic("This address leads into a private network; give one that the internet reaches.") from None
        except requests.RequestException as error:
            said = what_broke(error)
            raise (NotSent(said) if was_not_sent(error) else NoAnswer(said)) from None


class OutsideAdapter(InTimeAdapter, IPFilterAdapter):
    """Refuses reserved addresses as well, such as the old ways to write an IPv4 address in IPv6 (``::127.0.0.1``)."""

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        host, pool = super().build_connection_pool_key_attributes(*args, **kwargs)
        address = ip_address(host["host"].strip("[]"))
        if address.is_reserved and not address.is_loopback:
            raise InvalidIPAddress(address)
        return host, pool


def is_this_machine(url: str) -> bool:
    """Whether an address means the loopback."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refused(reply: Reply, said: str = "") -> Answer:
    """The answer for a status that no provider has words of its own for.

    429 and 5xx pass; what is wrong with our log-in is ours to mend, so the message waits; other 4xx are for good.
    """
    text = f"{reply.status} {said or reply.text[:500]}".strip()
    wait = retry_after(reply.headers)
    if reply.status == 429:
        return Answer(Outcome.TEMPORARY, text, retry_after=wait, is_away=True)
    if reply.status == GATEWAY_GAVE_UP:
        return Answer(Outcome.UNKNOWN, text, retry_after=wait, is_away=True)
    if reply.status >= 500:
        return Answer(Outcome.TEMPORARY, text, retry_after=wait, is_away=True)
    if reply.status in (401, 403, 407):
        return Answer(Outcome.TEMPORARY, f"{text} — correct the account's secret in the admin", is_away=True)
    return Answer(Outcome.PERMANENT, text)


def not_sent(error: Exception) -> Answer:
    """The provider was not reached."""
    return Answer(Outcome.TEMPORARY, str(error), is_away=True)


def no_answer(error: Exception) -> Answer:
    """Nobody knows whether it was done."""
    return Answer(Outcome.UNKNOWN, str(error), is_away=True)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The header of that name: seconds or a date (RFC 9110 §10.2.3); None when there is none that makes sense."""
    said = headers.get("Retry-After") or headers.get("retry-after") or ""
    if said.strip().isdecimal():
        return timedelta(seconds=min(int(said), 10**7))
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(moment.astimezone(UTC) - datetime.now(UTC), timedelta()) if moment.tzinfo else None


def _body(answer: requests.Response) -> bytes:
    body = b""
    for piece in answer.iter_content(8192):
        body += piece
        if len(body) > LONGEST_ANSWER:
            break
    return body


def was_not_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError | requests.exceptions.InvalidURL):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError) or "CERTIFICATE_VERIFY_FAILED" in str(reason)


def what_broke(error: requests.RequestException) -> str:
    """What broke, without the address: it may be a secret itself."""
    cause = error.args[0] if error.args else error
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return f"{type(reason).__name__}: the provider could not be reached"
    if isinstance(error, requests.ReadTimeout):
        return f"no answer within {settings.PROVIDER_TIMEOUT:g} s"
    return f"{type(error).__name__}: the line broke before an answer came"
