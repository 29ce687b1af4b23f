"""Did a person write this mail? Every sign by which robots, lists, bounces and desks can be told (RFC 3834, 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from communications.addresses import is_desk_address, is_loop_mark, is_ours
from communications.inbound.keep import Envelope
from communications.inbound.parsed import ParsedMail

ROBOTS = re.compile(
    r"(mailer-daemon|postmaster|mdaemon|listserv|majordomo|bounces?|no-?_?reply|do-?_?not-?_?reply|noreply|nao-?responda"
    r"|no-?responder)([+.=_-].*)?@",
    re.IGNORECASE,
)
AWAY = re.compile(
    r"^(\W*(re|aw|fwd?|res|enc|rv)\s*:)*\W*"
    r"(auto(matic|matische|mática|mático)?[\s:-]*(reply|response|antwort|respuesta|resposta)"
    r"|(respuesta|resposta) autom[aá]tica|out of (the )?office|ausen(te|cia|ência)|fuera de (la )?oficina"
    r"|fora do escrit[oó]rio|abwesen|vacation (reply|response))",
    re.IGNORECASE,
)
DESKS = (
    "x-zendesk-from-account-id",
    "x-jira-fingerprint",
    "x-rt-loop-prevention",
    "x-otrs-loop",
    "x-freescout-mail-type",
)
REPLIERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-ms-exchange-inbox-rules-loop")
LISTS = ("list-id", "list-unsubscribe", "list-post", "feedback-id")


@dataclass(frozen=True)
class Sign:
    """What a mail is instead of a person's words: ``kind`` is the rule's short name, ``why`` what gave it away."""

    kind: str
    why: str


def sign_of(mail: ParsedMail, envelope: Envelope) -> Sign | None:
    """The strongest sign that no person wrote this, or None."""
    return _own(mail) or _report(mail) or _robot(mail, envelope) or _bulk(mail)


def _own(mail: ParsedMail) -> Sign | None:
    mark = mail.marks.get("x-financy-loop", "")
    if is_ours(mail.message_id) or (mark and is_loop_mark(mark, mail.message_id)):
        return Sign("own", "this desk sent it itself, and it came back")
    if is_desk_address(mail.sender):
        return Sign("own", f"it says that it is from {mail.sender}, which is this desk")
    return None


def _report(mail: ParsedMail) -> Sign | None:
    if mail.report_type == "delivery-status" or mail.refusals:
        return Sign("bounce", "a delivery report (RFC 3464)")
    if mail.report_type == "disposition-notification":
        return Sign("receipt", "a read receipt (RFC 8098)")
    if mail.report_type:
        return Sign("automatic", f"a report ({mail.report_type})")
    return None


def _robot(mail: ParsedMail, envelope: Envelope) -> Sign | None:
    submitted = mail.marks.get("auto-submitted", "no").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return Sign("automatic", f"Auto-Submitted: {submitted}")
    if envelope.sender in ("", "<>") or mail.marks.get("return-path", "").strip() == "<>":
        return Sign("automatic", "it came with the null return path")
    for address in (mail.sender, envelope.sender or ""):
        if ROBOTS.match(address):
            return Sign("automatic", f"nobody reads {address}")
    for header in (*REPLIERS, *DESKS, "x-loop", "x-cron-env"):
        if mail.marks.get(header):
            return Sign("desk" if header in DESKS else "automatic", f"the header {header}")
    if AWAY.match(mail.subject):
        return Sign("automatic", "its subject is an automatic reply's")
    return None


def _bulk(mail: ParsedMail) -> Sign | None:
    precedence = mail.marks.get("precedence", "").strip().lower()
    if precedence in ("bulk", "junk", "list", "auto_reply"):
        return Sign("bulk", f"Precedence: {precedence}")
    suppress = mail.marks.get("x-auto-response-suppress", "").lower()
    if suppress and suppress != "none":
        return Sign("automatic", f"X-Auto-Response-Suppress: {suppress}")
    for header in LISTS:
        if mail.marks.get(header):
            return Sign("bulk", f"the header {header}: a list's or a mass mailing's")
    return None
