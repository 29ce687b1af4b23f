"""The watcher: says aloud, by ways that use neither outbox nor broker, that words are late; and that they are not."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from django.conf import settings
from django.core.mail import EmailMessage

from communications.channels.wire import NoAnswer, NotSent, ask
from communications.lateness import late_work

log = logging.getLogger(__name__)


class Watcher:
    """One a process. It speaks when work becomes late, once, and once more when nothing is late any more."""

    def __init__(self) -> None:
        self._is_late = False

    def look(self, at: datetime) -> str:
        """Compare with the look before; return what was said, or nothing.

        Said are one line of the log, a POST to ``DESK_ALERT_URL`` and a mail to ``DESK_ALERT_ADDRESS``, each straight
        from here. A way that fails is logged and keeps no other.
        """
        late = late_work(at)
        if bool(late) == self._is_late:
            return ""
        self._is_late = bool(late)
        text = "; ".join(map(str, late)) if late else "nothing is late any more"
        words = f"Support desk {settings.DESK_BASE_URL}: {text}."
        log.warning("%s", words)
        _post(words)
        _mail(words, is_late=self._is_late, at=at)
        return words


def _post(words: str) -> None:
    """``{"text": …}``, which Slack's and Mattermost's own webhooks take, and most alerting tools."""
    if not settings.DESK_ALERT_URL:
        return
    try:
        reply = ask("POST", settings.DESK_ALERT_URL, json={"text": words})
    except (NotSent, NoAnswer) as error:
        log.warning("The alert could not be posted: %s", error)
        return
    if reply.status >= 300:
        log.warning("The alert was refused: %s", reply.status)


def _mail(words: str, *, is_late: bool, at: datetime) -> None:
    to: Sequence[str] = settings.DESK_ALERT_ADDRESS
    if not to:
        return
    subject = "Words are late at the support desk" if is_late else "The support desk is on time again"
    try:
        EmailMessage(subject, f"{words}\n", to=to, headers={"Date": format_datetime(at)}).send()
    except OSError as error:
        log.warning("The alert could not be mailed: %s: %s", type(error).__name__, error)
