"""A Slack workspace on loopback: chat.postMessage, conversations.history and auth.test as Slack documents them."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sinks.http import Answer, HttpSink, Refusal, Request

TOKEN = "xoxb-sink-token"
LONGEST_TEXT, MOST_BLOCKS, LONGEST_SECTION, LONGEST_HEADER, LONGEST_BLOCKS = 40_000, 50, 3000, 150, 13_200
KNOWN_ARGUMENTS = {
    "channel", "text", "blocks", "attachments", "thread_ts", "mrkdwn", "unfurl_links", "unfurl_media", "metadata",
    "link_names", "parse", "username", "icon_emoji", "icon_url", "reply_broadcast", "token",
}  # fmt: skip


@dataclass
class Channel:
    """One channel as the app finds it."""

    is_member: bool = True
    is_archived: bool = False
    posts: list[dict[str, Any]] = field(default_factory=list)
    last_post_at: float = 0.0


@dataclass
class SlackSink(HttpSink):
    """``channels`` by id; ``scopes`` are what the token may; ``interval`` is the time between two posts to one."""

    token: str = TOKEN
    channels: dict[str, Channel] = field(default_factory=lambda: {"C0SUPPORT": Channel()})
    scopes: set[str] = field(default_factory=lambda: {"chat:write", "channels:history"})
    interval: float = 1.0

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/"

    @property
    def posts(self) -> list[dict[str, Any]]:
        """What stands in all channels."""
        return [post for channel in self.channels.values() for post in channel.posts]

    def answer_to(self, request: Request) -> Answer:
        method = request.path.removeprefix("/api/")
        if request.method != "POST" or method not in ("chat.postMessage", "conversations.history", "auth.test"):
            raise Refusal(200, {"ok": False, "error": "unknown_method"})
        arguments = _arguments(request)
        self._authenticate(request, arguments)
        if method == "auth.test":
            return Answer(200, {"ok": True, "team": "Financy", "user": "desk", "team_id": "T0SINK", "user_id": "U0"})
        if method == "conversations.history":
            return self._history(arguments)
        return self._post(arguments)

    def _authenticate(self, request: Request, arguments: dict[str, Any]) -> None:
        token = request.bearer or arguments.get("token", "")
        if not token:
            raise Refusal(200, {"ok": False, "error": "not_authed"})
        if token != self.token:
            raise Refusal(200, {"ok": False, "error": "invalid_auth"})

    def _post(self, arguments: dict[str, Any]) -> Answer:
        self._need("chat:write")
        unknown = set(arguments) - KNOWN_ARGUMENTS
        if unknown:
            raise Refusal(200, {"ok": False, "error": "invalid_arguments", "response_metadata": sorted(unknown)})
        channel = self._channel(arguments)
        if channel.is_archived:
            raise Refusal(200, {"ok": False, "error": "is_archived"})
        if not channel.is_member:
            raise Refusal(200, {"ok": False, "error": "not_in_channel"})
        _require_words(arguments)
        now = time.monotonic()
        if now - channel.last_post_at < self.interval and channel.last_post_at:
            raise Refusal(
                429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(max(1, round(self.interval)))}
            )
        channel.last_post_at = now
        post = {
            "type": "message",
            "ts": f"{time.time():.6f}",
            "text": arguments.get("text", ""),
            "blocks": arguments.get("blocks", []),
            "metadata": arguments.get("metadata", {}),
        }
        channel.posts.append(post)
        return Answer(200, {"ok": True, "channel": arguments["channel"], "ts": post["ts"], "message": post})

    def _history(self, arguments: dict[str, Any]) -> Answer:
        self._need("channels:history")
        posts = [post for post in self._channel(arguments).posts if float(post["ts"]) > float(arguments["oldest"])]
        if not arguments.get("include_all_metadata"):
            posts = [{**post, "metadata": {}} for post in posts]
        limit = int(arguments.get("limit", 100))
        return Answer(200, {"ok": True, "messages": posts[::-1][:limit], "has_more": len(posts) > limit})

    def _need(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refusal(200, {"ok": False, "error": "missing_scope", "needed": scope})

    def _channel(self, arguments: dict[str, Any]) -> Channel:
        found = self.channels.get(arguments.get("channel", ""))
        if found is None:
            raise Refusal(200, {"ok": False, "error": "channel_not_found"})
        return found


def _arguments(request: Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        try:
            given = request.json
        except ValueError:
            raise Refusal(200, {"ok": False, "error": "invalid_json"}) from None
        if not isinstance(given, dict):
            raise Refusal(200, {"ok": False, "error": "json_not_object"})
        return given
    if request.content_type == "application/x-www-form-urlencoded":
        return {name: json.loads(value) if name in ("blocks", "metadata") else value for name, value in request.form}
    if not request.body:
        return {}
    raise Refusal(200, {"ok": False, "error": "invalid_post_type"})


def _require_words(arguments: dict[str, Any]) -> None:
    text, blocks = arguments.get("text") or "", arguments.get("blocks") or []
    if not text and not blocks and not arguments.get("attachments"):
        raise Refusal(200, {"ok": False, "error": "no_text"})
    if len(text) > LONGEST_TEXT:
        raise Refusal(200, {"ok": False, "error": "msg_too_long"})
    if len(blocks) > MOST_BLOCKS or not all(map(_is_block, blocks)):
        raise Refusal(200, {"ok": False, "error": "invalid_blocks"})
    if sum(len(json.dumps(block, ensure_ascii=False).replace("\\n", "n")) for block in blocks) > LONGEST_BLOCKS:
        raise Refusal(200, {"ok": False, "error": "msg_blocks_too_long"})


def _is_block(block: dict[str, Any]) -> bool:
    if block.get("type") == "header":
        return block["text"]["type"] == "plain_text" and 0 < len(block["text"]["text"]) <= LONGEST_HEADER
    if block.get("type") == "section":
        return block["text"]["type"] in ("mrkdwn", "plain_text") and 0 < len(block["text"]["text"]) <= LONGEST_SECTION
    if block.get("type") == "context":
        return 0 < len(block["elements"]) <= 10
    return block.get("type") in ("divider", "actions", "image")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--record", type=Path, required=True, help="a JSON line for each request, before it is answered"
    )
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two posts to one channel")
    asked = parser.parse_args()
    with asked.record.open("a", buffering=1, encoding="utf-8") as file:

        def note(request: Request) -> None:
            """One line a request."""
            print(json.dumps({"at": request.at, "path": request.path, "body": request.body.decode()}), file=file)

        with SlackSink(port=asked.port, interval=asked.interval, on_request=note) as sink:
            sink.wait_for_ever()
