"""HTML of other knowledge bases as Markdown: what is not read but run is dropped, and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag
from markdownify import MarkdownConverter

from knowledge.elsewhere import video_host

# With all that is inside; `iframe` is a video, or it goes as well.
DROPPED = ("script", "style", "object", "embed", "applet", "form", "input", "button", "select", "textarea", "svg",
           "math", "link", "meta", "base", "noscript", "template", "audio", "canvas", "frame", "frameset")  # fmt: skip
RUNS = ("javascript:", "vbscript:", "data:")


@dataclass
class Told:
    """What a conversion says beside its words: what was dropped, each kind once."""

    notes: list[str] = field(default_factory=list)

    def add(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def markdown_of(
    html: str,
    *,
    link_of: Callable[[str], str] = lambda href: href,
    picture_of: Callable[[str], str] = lambda source: source,
    told: Told,
) -> str:
    """Markdown. ``link_of`` and ``picture_of`` say where links and pictures lead here; pictures keep their alt text."""
    soup = BeautifulSoup(html, "html.parser")
    _drop(soup, told)
    for link in soup.find_all("a", href=True):
        link["href"] = link_of(str(link["href"]).strip())
        link.attrs.pop("title", None)
    for picture in soup.find_all("img"):
        source = picture_of(str(picture.get("src", "")).strip())
        if source:
            picture.attrs = {"src": source, "alt": " ".join(str(picture.get("alt", "")).split())}
        else:
            picture.replace_with(" ".join(str(picture.get("alt", "")).split()))
    for heading in soup.find_all("h1"):
        heading.name = "h2"  # the title of the article is its only h1
    text: str = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        strong_em_symbol="*",
        escape_misc=False,
        keep_inline_images_in=["td", "th", "a"],
    ).convert_soup(soup)
    return "\n".join(line.rstrip() for line in text.replace("\u00a0", " ").strip().splitlines()) + "\n"


def _drop(soup: BeautifulSoup, told: Told) -> None:
    for frame in soup.find_all(["iframe", "video"]):
        address = str(frame.get("src", "")).strip()
        address = f"https:{address}" if address.startswith("//") else address
        if video_host(address):
            paragraph, link = soup.new_tag("p"), soup.new_tag("a", href=address)
            link.string = str(frame.get("title") or "Video")
            paragraph.append(link)
            frame.replace_with(paragraph)
        else:
            told.add(f"Dropped <{frame.name}> of {address[:100] or 'nowhere'}: it is no video at a known host.")
            frame.decompose()
    for found in soup.find_all(DROPPED):
        if not found.decomposed:
            told.add(f"Dropped <{found.name}>: it is not read, but run or filled in.")
            found.decompose()
    for found in soup.find_all(True):
        _disarm(found, told)


def _disarm(found: Tag, told: Told) -> None:
    for name in [name for name in found.attrs if name.lower().startswith("on")]:
        told.add(f"Dropped the attribute {name.lower()[:30]}: it runs.")
        del found[name]
    for name in ("href", "src"):
        address = "".join(str(found.get(name, "")).split()).lower()
        if address.startswith(RUNS):
            told.add(f"Dropped an address that begins with {address.partition(':')[0]}: it runs, or holds a file.")
            del found[name]
