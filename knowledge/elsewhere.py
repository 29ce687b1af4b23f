"""Where videos and courses may lie: whoever reads an article is led to these hosts and to no other as to a lesson."""

from __future__ import annotations

from urllib.parse import urlsplit

# Handbook 'knowledge_management': video_library is Loom, training_platform is Teachable.
VIDEO_HOSTS = frozenset(
    {"www.loom.com", "loom.com", "vimeo.com", "player.vimeo.com", "www.youtube-nocookie.com", "www.youtube.com",
     "youtu.be"}
)  # fmt: skip
COURSE_DOMAIN = ".teachable.com"


def video_host(address: str) -> str:
    """The host of a video's address, without www; empty for any other address."""
    host = host_of(address)
    return host.removeprefix("www.") if host in VIDEO_HOSTS else ""


def is_lesson(address: str) -> bool:
    """Whether a video or a course lies there."""
    return bool(video_host(address)) or host_of(address).endswith(COURSE_DOMAIN)


def host_of(address: str) -> str:
    """In small letters; empty unless it is plain https without a name, a password or a port in it."""
    try:
        parts = urlsplit(address)
        is_plain = parts.scheme == "https" and parts.netloc.lower() == parts.hostname
    except ValueError:
        return ""
    return parts.hostname or "" if is_plain else ""
