"""The child that reads one mail from standard input and prints it as JSON. Standard library only; it limits itself."""

import base64
import binascii
import json
import re
import resource
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

Part = Any  # email.message.Message: its payload is text, bytes or parts by the part's own type
SECONDS, BYTES = 10, 256 * 1024 * 1024
MOST_PARTS, DEEPEST_PARTS, MOST_RECIPIENTS = 200, 20, 100
LARGEST_HTML, DEEPEST_HTML = 256 * 1024, 256
LARGEST_PART_HEAD = 64 * 1024
LONGEST_TEXT, LONGEST_LINE, MOST_FILES = 1_000_000, 998, 100
IDS = re.compile(r"<[!-;=?-~]{1,240}>")
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]]{1,64}@[^\s@<>,;:\"()\[\]]{1,255}")
# Headers by which robots, lists and desks say what they are; X-Financy-… counts only with our own signature in it.
MARKS = (
    "auto-submitted", "precedence", "x-auto-response-suppress", "x-autoreply", "x-autorespond", "x-autoresponder",
    "x-auto-reply-from", "x-ms-exchange-inbox-rules-loop", "x-loop", "x-financy-loop", "x-cron-env", "return-path",
    "list-id", "list-unsubscribe", "list-post", "feedback-id", "x-zendesk-from-account-id", "x-jira-fingerprint",
    "x-rt-loop-prevention", "x-otrs-loop", "x-freescout-mail-type",
)  # fmt: skip
TO = ("to", "cc", "bcc", "resent-to", "delivered-to", "x-original-to", "x-envelope-to", "envelope-to", "apparently-to")


class TooMuch(Exception):
    """Past a limit of its structure."""


def main() -> int:
    """Read, print, and end with 0; or end with 1 and the reason as the last line on standard error."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        said = json.dumps(read(content))
    except RecursionError:
        print("nested deeper than anybody writes", file=sys.stderr)
        return 1
    except MemoryError:
        print("it needs more than 256 MiB", file=sys.stderr)
        return 1
    except Exception as error:  # the parent parks whatever it is
        print(f"{type(error).__name__}: {error}".replace("\n", " "), file=sys.stderr)
        return 1
    sys.stdout.write(said)
    return 0


def read(content: bytes) -> dict[str, Any]:
    """One mail as plain data."""
    mail = message_from_bytes(content, policy=policy.compat32)
    parts = list(walk(mail))
    senders = addresses(mail, ("from",)) or addresses(mail, ("sender",))
    recipients = [address for _, address in addresses(mail, TO)]
    if len(recipients) > MOST_RECIPIENTS:
        raise TooMuch(f"{len(recipients)} recipients; {MOST_RECIPIENTS} is the most")
    kind = mail.get_content_type()
    report = str(mail.get_param("report-type", "")).lower() if kind == "multipart/report" else ""
    refusals = [
        refusal for part in parts if part.get_content_type() == "message/delivery-status" for refusal in told(part)
    ]
    text, html, files = bodies(mail, parts)
    return {
        "sender": senders[0][1] if senders else "",
        "sender_name": senders[0][0] if senders else "",
        "recipients": recipients,
        "subject": line(mail, "subject")[:LONGEST_LINE],
        "message_id": next(iter(ids(mail, "message-id")), ""),
        "in_reply_to": ids(mail, "in-reply-to")[:20],
        "references": ids(mail, "references")[-50:],
        "marks": {name: line(mail, name)[:LONGEST_LINE] for name in MARKS if raw_of(mail, name)},
        "authentication": [plain(one)[:4000] for one in raw_of(mail, "authentication-results")][:10],
        "report_type": report or ("delivery-status" if refusals else ""),
        "refusals": refusals[:MOST_RECIPIENTS],
        "reported_ids": reported(parts),
        "text": text,
        "html": html,
        "files": files,
    }


def walk(mail: Part) -> Iterator[Part]:
    """All parts, the forwarded mails' own included. Raises TooMuch for too many or too deep."""
    waiting, count = [(mail, 1)], 0
    while waiting:
        part, depth = waiting.pop()
        count += 1
        if count > MOST_PARTS:
            raise TooMuch(f"more than {MOST_PARTS} parts")
        if depth > DEEPEST_PARTS:
            raise TooMuch(f"parts nested more than {DEEPEST_PARTS} deep")
        if sum(len(str(value)) for value in part.values()) > LARGEST_PART_HEAD:
            raise TooMuch("the headers of one part are longer than any mail's")
        yield part
        if part.is_multipart():
            waiting += [(one, depth + 1) for one in reversed(part.get_payload())]


def bodies(mail: Part, parts: list[Part]) -> tuple[str, str, list[dict[str, str]]]:
    """The text, the HTML and the files. Of alternatives both are kept; what is inside a forwarded mail is its own."""
    inner = {id(one) for part in parts if part.get_content_maintype() == "message" for one in list(part.walk())[1:]}
    texts: list[str] = []
    htmls: list[str] = []
    files: list[dict[str, str]] = []
    for part in parts:
        if id(part) in inner or part.get_content_maintype() == "multipart":
            continue
        kind, name = part.get_content_type(), file_name(part)
        is_file = bool(name) or part.get_content_disposition() == "attachment"
        if kind == "text/plain" and not is_file:
            texts.append(decoded(part))
        elif kind == "text/html" and not is_file:
            htmls.append(decoded(part))
        elif kind not in ("message/delivery-status", "text/rfc822-headers"):
            files.append(file_of(part, name, kind, len(files) + 1))
    html = "\n".join(htmls)
    require_shallow(html)
    text = "\n".join(texts)
    if not text.strip() and html:
        text = text_of(html)
    return storable(text)[:LONGEST_TEXT], storable(html), files[:MOST_FILES]


def require_shallow(html: str) -> None:
    """Raise TooMuch for HTML that a sanitiser would chew on for ever."""
    if len(html.encode("utf-8", "replace")) > LARGEST_HTML:
        raise TooMuch(f"its HTML is larger than {LARGEST_HTML:,} bytes")
    depth = DepthOf()
    depth.feed(html)
    if depth.deepest > DEEPEST_HTML:
        raise TooMuch(f"its HTML is nested more than {DEEPEST_HTML} deep")


VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
BLOCKS = frozenset({
    "address", "article", "blockquote", "dd", "div", "dl", "dt", "fieldset", "footer", "form", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip
UNSEEN = frozenset({"head", "script", "style", "title", "template", "noscript"})
# Their end tags may be left out, so they say nothing about depth.
UNCLOSED = VOID | {"p", "li", "tr", "td", "th", "dt", "dd", "option"}


class DepthOf(HTMLParser):
    """How deep elements stand in each other; an end tag closes one whatever its name, so mismatches count as depth."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.deepest = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in UNCLOSED:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        if tag not in UNCLOSED:
            self.depth = max(0, self.depth - 1)


class TextOf(HTMLParser):
    """The words of a page: blocks on lines of their own, quotes with a “>”, nothing that is not shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.quotes = self.unseen = self.kept = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.unseen += tag in UNSEEN
        self.kept += tag == "pre"
        if tag == "br":
            self._break(always=True)
        elif tag in BLOCKS:
            self._break()
        if tag == "blockquote":
            self.quotes += 1
            self.lines[-1] = self._mark()
        elif tag == "li":
            self.lines[-1] += "- "
        elif tag in ("td", "th") and self.lines[-1].strip():
            self.lines[-1] += " "

    def handle_endtag(self, tag: str) -> None:
        self.unseen = max(0, self.unseen - (tag in UNSEEN))
        self.kept = max(0, self.kept - (tag == "pre"))
        if tag == "blockquote":
            self.quotes = max(0, self.quotes - 1)
        if tag in BLOCKS:
            self._break()
        if tag == "p":
            self.lines.append(self._mark())

    def handle_data(self, data: str) -> None:
        if self.unseen:
            return
        if self.kept:
            first, *others = data.split("\n")
            self.lines[-1] += first
            self.lines += [self._mark() + one for one in others]
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        if self.lines[-1].strip() in ("", self._mark().strip()):
            words = words.lstrip(" ")
        self.lines[-1] += words

    def _mark(self) -> str:
        return "> " * min(self.quotes, 10)

    def _break(self, *, always: bool = False) -> None:
        if always or self.lines[-1].strip() not in ("", self._mark().strip()):
            self.lines.append(self._mark())


def text_of(html: str) -> str:
    """HTML as plain text."""
    reader = TextOf()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(one.rstrip() for one in reader.lines)).strip()


def told(part: Part) -> Iterator[dict[str, str]]:
    """The recipients of one delivery report (RFC 3464 §2.3)."""
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        final = line(block, "final-recipient") or line(block, "original-recipient")
        if final:
            yield {
                "recipient": final.rpartition(";")[2].strip().strip("<>").lower()[:320],
                "action": line(block, "action").lower()[:20],
                "status": line(block, "status").split(" ")[0][:12],
                "said": line(block, "diagnostic-code")[:1000],
            }


def reported(parts: list[Part]) -> list[str]:
    """Message-IDs of the mails that a report encloses, whole or by their headers."""
    found: list[str] = []
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            found += ids(message_from_bytes(part.get_payload(decode=True) or b""), "message-id")
        elif part.get_content_type() == "message/rfc822" and part.is_multipart():
            found += ids(part.get_payload()[0], "message-id")
        elif part.get_content_type() == "message/disposition-notification":
            blocks = part.get_payload()
            for block in blocks if isinstance(blocks, list) else [blocks]:
                found += ids(block, "original-message-id") if hasattr(block, "walk") else IDS.findall(str(block))
    return found[:20]


def decoded(part: Part) -> str:
    """The words of a text part, by its charset where that is one."""
    payload = part.get_payload(decode=True)
    if payload is None:
        return ""
    for charset in (str(part.get_content_charset() or "utf-8"), "utf-8"):
        try:
            return payload.decode(charset)
        except (LookupError, UnicodeError, ValueError):
            continue
    return payload.decode("latin-1")


def file_name(part: Part) -> str:
    name = part.get_filename("")
    return words(str(name))[:300] if name else ""


def file_of(part: Part, name: str, kind: str, number: int) -> dict[str, str]:
    """One file; a forwarded mail is kept as the mail it is."""
    if part.get_content_maintype() == "message" and part.is_multipart():
        content = part.get_payload()[0].as_bytes()
        name = name or f"forwarded-{number}.eml"
    else:
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
    return {
        "name": name or f"part-{number}",
        "content_type": kind[:100],
        "content": base64.b64encode(content).decode(),
        "content_id": line(part, "content-id").strip().strip("<>")[:200],
    }


def addresses(mail: Part, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """(name, address) of what can be mailed, in order, once each."""
    raw = [plain(value) for name in names for value in raw_of(mail, name)]
    found: dict[str, str] = {}
    for name, address in getaddresses(raw):
        address = address.strip().strip("<>").lower()
        if ADDRESS.fullmatch(address):
            found.setdefault(address, words(name))
    return [(name, address) for address, name in found.items()]


def raw_of(mail: Part, name: str) -> list[str]:
    """The values of a header as they stand there; the parser's own getters lose eight-bit letters."""
    return [value for header, value in mail.raw_items() if header.lower() == name]


def ids(mail: Part, name: str) -> list[str]:
    return IDS.findall(" ".join(plain(value) for value in raw_of(mail, name)))


def line(mail: Part, name: str) -> str:
    """A header as one line of words."""
    values = raw_of(mail, name)
    return words(plain(values[0])) if values else ""


def plain(value: Any) -> str:
    """A raw header as text; eight-bit bytes are read as UTF-8, else as Latin-1."""
    try:
        text = str(value)
        raw = text.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return storable(str(value))
    try:
        return storable(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return storable(raw.decode("latin-1"))


def words(text: str) -> str:
    """Encoded words (RFC 2047) decoded, on one line, without characters that nobody can see."""
    try:
        pieces = decode_header(text)
    except (ValueError, binascii.Error):
        pieces = [(text, None)]
    said = ""
    for piece, charset in pieces:
        if isinstance(piece, str):
            said += piece
            continue
        try:
            said += piece.decode(charset or "utf-8")
        except (LookupError, UnicodeError):
            said += piece.decode("utf-8", "replace")
    if "%" in said and re.fullmatch(r"[\w.%~-]+''[\w.%~-]+", said):
        said = unquote(said.partition("''")[2])
    return " ".join(re.sub(r"[\x00-\x1f\x7f\u2028\u2029\x85]+", " ", storable(said)).split())


def storable(text: str) -> str:
    return (
        text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "�").replace("\r\n", "\n").replace("\r", "\n")
    )


if __name__ == "__main__":
    sys.exit(main())
