"""safe_page: the HTML of a mail as a page that runs nothing, sends nothing and fetches nothing until asked (H1, H2)."""

from __future__ import annotations

import base64
import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from communications.inbound.parse import Unreadable, run_apart
from communications.inbound.parsed import MailFile, ParsedMail

CLEANER = Path(__file__).with_name("clean_child.py")

SHOWN_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
LARGEST_IMAGE = 2 * 1024 * 1024
MOST_OF_IMAGES = 8 * 1024 * 1024  # in one page: the same image may be named thousands of times
OF_MAIL = re.compile(r'src="cid:([^"]*)"')
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:{remote}; frame-ancestors 'self'; sandbox allow-popups"
)
PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>Mail</title><style>body {{ font: 14px/1.5 sans-serif;'
    " margin: 12px; overflow-wrap: anywhere; }} img {{ max-width: 100%; height: auto; }} blockquote {{ border-left: 3px"
    " solid #ccc; margin-left: 0; padding-left: 10px; }}</style></head><body>{body}</body></html>"
)


def safe_page(mail: ParsedMail, *, with_remote: bool = False) -> str:
    """A whole page: the HTML cleaned at this moment, or the text when there is none; images of the mail itself stay.

    HTML that cannot be cleaned within the cleaner's limits is shown as its text.
    """
    if mail.html.strip():
        try:
            return PAGE.format(body=safe_body(mail.html, mail.files, with_remote=with_remote))
        except Unreadable:
            pass
    return PAGE.format(body=f"<pre style='white-space: pre-wrap'>{html.escape(mail.text)}</pre>")


def safe_body(dirty: str, files: list[MailFile], *, with_remote: bool = False) -> str:
    """What may stand in a page of ours. Raises Unreadable."""
    images = {one.content_id: one for one in files if one.content_id and one.content_type in SHOWN_IMAGES}
    left = MOST_OF_IMAGES

    def shown(match: re.Match[str]) -> str:
        nonlocal left
        image = images.get(unquote(html.unescape(match[1])))
        left -= len(image.content) if image else 0
        return _data(image if left >= 0 else None)

    clean: str = _cleaned(dirty, with_remote=with_remote)["html"]
    return OF_MAIL.sub(shown, clean)


def _cleaned(dirty: str, *, with_remote: bool) -> Any:
    asked = json.dumps({"html": dirty, "with_remote": with_remote}).encode()
    return json.loads(run_apart(CLEANER, asked, packages=True))


def policy_of(*, with_remote: bool) -> str:
    """The page's Content-Security-Policy: images of others only when somebody asked for them."""
    return POLICY.format(remote=" https: http:" if with_remote else "")


def has_remote(mail: ParsedMail) -> bool:
    """Whether the mail shows images that are somewhere else."""
    try:
        return bool(mail.html.strip() and _cleaned(mail.html, with_remote=False)["has_remote"])
    except Unreadable:  # shown as its text
        return False


def _data(image: MailFile | None) -> str:
    if image is None or len(image.content) > LARGEST_IMAGE:
        return 'alt="(image)"'
    return f'src="data:{image.content_type};base64,{base64.b64encode(image.content).decode()}"'
