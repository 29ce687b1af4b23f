"""safe_page: the HTML of a mail as a page that runs nothing, sends nothing and fetches nothing until asked (H1, H2)."""

from __future__ import annotations

import base64
import html
import re
from urllib.parse import unquote

import nh3

from communications.inbound.parsed import MailFile, ParsedMail

SHOWN_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
LARGEST_IMAGE = 2 * 1024 * 1024
TAGS = nh3.ALLOWED_TAGS - {"area", "map"}
SCHEMES = {"http", "https", "mailto", "cid"}
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
    """A whole page: the HTML cleaned at this moment, or the text when there is none; images of the mail itself stay."""
    if not mail.html.strip():
        return PAGE.format(body=f"<pre style='white-space: pre-wrap'>{html.escape(mail.text)}</pre>")
    return PAGE.format(body=safe_body(mail.html, mail.files, with_remote=with_remote))


def safe_body(dirty: str, files: list[MailFile], *, with_remote: bool = False) -> str:
    """What may stand in a page of ours."""

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src":
            scheme = value.strip().partition(":")[0].lower()
            return value if scheme == "cid" or (with_remote and scheme in ("http", "https")) else None
        if attribute in ("background", "srcset", "longdesc", "cite"):
            return None
        return value

    clean = nh3.clean(dirty, tags=TAGS, url_schemes=SCHEMES, attribute_filter=keep, link_rel="noopener noreferrer")
    images = {one.content_id: one for one in files if one.content_id and one.content_type in SHOWN_IMAGES}
    return OF_MAIL.sub(lambda match: _data(images.get(unquote(html.unescape(match[1])))), clean)


def policy_of(*, with_remote: bool) -> str:
    """The page's Content-Security-Policy: images of others only when somebody asked for them."""
    return POLICY.format(remote=" https: http:" if with_remote else "")


def has_remote(mail: ParsedMail) -> bool:
    """Whether the mail shows images that are somewhere else."""
    found: list[str] = []

    def note(_tag: str, _attribute: str, value: str) -> None:
        if value.strip().partition(":")[0].lower() in ("http", "https"):
            found.append(value)

    nh3.clean(mail.html, tags={"img"}, attributes={"img": {"src"}}, url_schemes=SCHEMES, attribute_filter=note)
    return bool(found)


def _data(image: MailFile | None) -> str:
    if image is None or len(image.content) > LARGEST_IMAGE:
        return 'alt="(image)"'
    return f'src="data:{image.content_type};base64,{base64.b64encode(image.content).decode()}"'
