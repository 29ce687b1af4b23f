"""Slack: one post to one channel (chat.postMessage); success is the answer's ``ok``, never its status."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, ClassVar
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from communications.channels.answer import Answer
from communications.channels.doubt import in_doubt_since
from communications.channels.links import link_to
from communications.channels.wire import LONGEST_ANSWER, Reply, is_this_machine, no_answer, not_sent, refused
from communications.models.delivery import Delivery, Outcome

# Slack's limits: header 150, section text 3000, and an undocumented total near 13,200 (bolt-js issue 2509).
LONGEST_HEADER, LONGEST_SECTION, LONGEST_TOTAL = 150, 3000, 11_500
EVENT = "financy_message"  # the mark by which a post is found again
CLOCKS_DIFFER = timedelta(minutes=2)

PASSING = {
    "rate_limited", "ratelimited", "message_limit_exceeded", "internal_error", "fatal_error", "service_unavailable",
    "request_timeout", "team_added_to_org", "accesslimited",
}  # fmt: skip
# Something is wrong with our log-in: the messages wait until an administrator has mended it.
OURS = {
    "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "no_permission",
    "missing_scope", "org_login_required", "ekm_access_denied", "access_denied", "not_allowed_token_type",
    "two_factor_setup_required",
}  # fmt: skip
WAYS_OUT = {
    "channel_not_found": "Correct the destination's address (the channel's id, C…), or invite the app into it.",
    "not_in_channel": "Invite the desk's app into the channel, then send again.",
    "is_archived": "Unarchive the channel or choose another one for this destination.",
    "msg_too_long": "Shorten the wording of this template for Slack.",
    "msg_blocks_too_long": "Shorten the wording of this template for Slack.",
    "restricted_action": "Let the app post to this channel in Slack's settings, then send again.",
}
SILENT = logging.getLogger("communications.slack-sdk")  # what went wrong stands in the attempt, not in the log
SILENT.setLevel(logging.CRITICAL + 1)


class SlackLine:
    """One request a post, each on its own connection. A try in doubt is first looked for in the channel's history."""

    pace: ClassVar[timedelta] = timedelta(seconds=1)

    def deliver(self, delivery: Delivery) -> Answer:
        assert delivery.destination is not None
        account = delivery.destination.account
        client = slack_client(account.base_url, account.secret)
        try:
            found = self._find(client, delivery)
            if found:
                return found
            post = client.chat_postMessage(channel=delivery.address, **post_of(delivery))
        except SlackApiError as error:
            return _refusal(error)
        except URLError as error:  # raised only while connecting and handing over
            return not_sent(OSError(f"Slack could not be reached: {type(error.reason).__name__}"))
        except (OSError, HTTPException) as error:
            return no_answer(OSError(f"{type(error).__name__}: handed over, no answer within the time"))
        return Answer(Outcome.DELIVERED, "ok", provider_id=f"{post['channel']}:{post['ts']}")

    def close(self) -> None:
        """Nothing is kept open."""

    def _find(self, client: WebClient, delivery: Delivery) -> Answer | None:
        since = in_doubt_since(delivery)
        if since is None:
            return None
        try:
            history = client.conversations_history(
                channel=delivery.address, oldest=_ts(since - CLOCKS_DIFFER), include_all_metadata=True, limit=200
            )
        except SlackApiError as error:
            if error.response.get("error") not in OURS:
                raise
            return None  # the token may not read the channel: a second post is better than none
        for post in history["messages"]:
            metadata = post.get("metadata", {})
            if metadata.get("event_payload", {}).get("message_id") == delivery.message.message_id:
                return Answer(
                    Outcome.DELIVERED, "an earlier try had arrived", provider_id=f"{delivery.address}:{post['ts']}"
                )
        return None


class OneRequest(WebClient):
    """Slack's own client, whose one request follows no redirect and takes no proxy of the environment to loopback."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        handlers: list[Any] = [_NoRedirect()]
        if is_this_machine(url):
            handlers.append(ProxyHandler({}))
        elif self.proxy:
            handlers.append(ProxyHandler({"http": self.proxy, "https": self.proxy}))
        with build_opener(*handlers).open(req, timeout=self.timeout) as answer:  # its own connection, its own time-out
            body = answer.read(LONGEST_ANSWER).decode("utf-8", "replace")
            return {"status": answer.status, "headers": answer.headers, "body": body}


class _NoRedirect(HTTPRedirectHandler):
    """The token goes to nobody else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def slack_client(base_url: str, token: str) -> WebClient:
    """Slack's own client with its hidden retry off."""
    return OneRequest(
        token,
        base_url=f"{base_url.rstrip('/')}/" if base_url else WebClient.BASE_URL,
        timeout=settings.PROVIDER_TIMEOUT,  # type: ignore[arg-type]  # handed on to a socket, which takes parts too
        retry_handlers=[],
        logger=SILENT,
    )


def post_of(delivery: Delivery) -> dict[str, Any]:
    """The words as blocks; nothing in them is read as a mention or a command. Too long ones are cut, and say so."""
    message, link = delivery.message, link_to(delivery.message)
    sections, is_whole = _sections(message.body)
    said = f"<{link}|{_escaped(message.about_reference)}>"
    if not is_whole:
        said = f"Shortened. The whole message: <{link}>"
    return {
        "text": _escaped(message.subject[: LONGEST_HEADER * 3]),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": message.subject[:LONGEST_HEADER] or "—"}},
            *({"type": "section", "text": {"type": "mrkdwn", "text": one, "verbatim": True}} for one in sections),
            {"type": "context", "elements": [{"type": "mrkdwn", "text": said, "verbatim": True}]},
        ],
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": EVENT, "event_payload": {"message_id": message.message_id}},
    }


def _sections(body: str) -> tuple[list[str], bool]:
    """The body in pieces that Slack takes, and whether that is all of it."""
    sections = [""]
    for word in re.findall(r"\s*\S{1,400}\s?", body):
        piece = _escaped(word)
        if sum(map(len, sections)) + len(piece) > LONGEST_TOTAL:
            return [one for one in sections if one.strip()], False
        if len(sections[-1]) + len(piece) > LONGEST_SECTION:
            sections.append("")
        sections[-1] += piece
    return [one for one in sections if one.strip()], True


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _refusal(error: SlackApiError) -> Answer:
    reply = Reply(error.response.status_code, error.response.headers, b"")
    said = error.response.get("error", "") if isinstance(error.response.data, dict) else ""
    if reply.status != 200:
        return refused(reply, said)
    if said in PASSING:
        return Answer(Outcome.TEMPORARY, said, retry_after=timedelta(seconds=1) if "limited" in said else None)
    if said in OURS:
        return Answer(Outcome.TEMPORARY, f"{said} — correct the account's token or its scopes", is_away=True)
    if not re.fullmatch(r"[a-z_]+", said):
        return Answer(Outcome.UNKNOWN, f"200, but no answer of Slack's: {said}")
    return Answer(Outcome.PERMANENT, f"{said} — {WAYS_OUT.get(said, 'Slack refused it for good.')}")


def _ts(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}"
