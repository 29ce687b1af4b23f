"""Microsoft Teams: one adaptive card to one Workflows webhook; 202 is taken, not yet shown."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from communications.channels.answer import Answer
from communications.channels.links import link_to
from communications.channels.wire import NoAnswer, NotSent, Reply, ask, no_answer, not_sent, refused
from communications.models.delivery import Delivery, Outcome

LARGEST = 21_000  # bytes; Microsoft documents 28 KB, and clients have found that all of it is not always taken
MARK = " …"
WAYS_OUT = {
    "WorkflowTriggerIsNotEnabled": "Turn the workflow on in Teams, then send again.",
    "WorkflowNotFound": "The workflow is gone, perhaps with the person who made it: make one, store its address anew.",
}
# At debug level this logger writes whole addresses, and here the address is the secret.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class TeamsLine:
    """The account's secret is the whole address of the webhook; it joins no answer and no log."""

    pace: ClassVar[timedelta] = timedelta(milliseconds=300)  # more than four a second are throttled

    def deliver(self, delivery: Delivery) -> Answer:
        assert delivery.destination is not None
        address = delivery.destination.account.secret
        try:
            reply = ask("POST", address, data=card_of(delivery), headers={"Content-Type": "application/json"})
        except NotSent as error:
            return not_sent(error)
        except NoAnswer as error:
            return no_answer(error)
        if reply.status in (200, 202):
            return Answer(
                Outcome.DELIVERED,
                f"{reply.status} taken by the workflow",
                provider_id=reply.headers.get("x-ms-workflow-run-id", ""),
            )
        return _refusal(reply, address)

    def close(self) -> None:
        """Nothing is kept open."""


def card_of(delivery: Delivery) -> bytes:
    """The words as a card, as plain text runs: nothing in them becomes a link or a mention. Cut to what Teams takes."""
    message, link = delivery.message, link_to(delivery.message)
    body = message.body
    card = _card(message.subject, body, link, is_whole=True)
    while len(card) > LARGEST:
        body = body[: max(len(body) - max((len(card) - LARGEST) // 6, 50), 0)]  # a letter is six bytes at most
        card = _card(message.subject, body + MARK, link, is_whole=False)
    return card


def _card(subject: str, body: str, link: str, *, is_whole: bool) -> bytes:
    said = [_run(subject, weight="Bolder", size="Medium")]
    said += [_run(paragraph) for paragraph in body.split("\n\n") if paragraph.strip()]
    if not is_whole:
        said.append(_run("Shortened. The whole message is in the desk.", isSubtle=True))
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": said,
        "actions": [{"type": "Action.OpenUrl", "title": "Open in the desk", "url": link}],
        "msteams": {"width": "full"},
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return json.dumps({"type": "message", "attachments": [attachment]}, ensure_ascii=False).encode()


def _run(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text.strip() or "—", **style}]}


def _refusal(reply: Reply, address: str) -> Answer:
    text = _without_secrets(reply.text[:500], address)
    try:
        code = str(reply.json["error"]["code"])
    except (ValueError, KeyError, TypeError):
        code = ""
    if code in WAYS_OUT:
        return Answer(Outcome.PERMANENT, f"{reply.status} {code} — {WAYS_OUT[code]}")
    return refused(reply, text)


def _without_secrets(text: str, address: str) -> str:
    parts = urlsplit(address)
    for secret in (address, parts.query, *(value for _, value in parse_qsl(parts.query) if len(value) > 5)):
        text = text.replace(secret, "[secret]") if secret else text
    return text
