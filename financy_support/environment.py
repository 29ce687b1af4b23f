"""Reads settings from the environment and refuses nonsense by name."""

from __future__ import annotations

import base64
import os
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

SHORTEST_TOKEN = 20
MAKE_A_FIELD_KEY = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
UNSAFE_SECRETS = ("development-only", "insecure", "changeme", "secret")


class Environment:
    """django-environ, with each refusal naming the variable, the rule and the way out."""

    def __init__(self) -> None:
        self._env = environ.Env()

    def text(self, name: str, *, default: str) -> str:
        return str(self._env.str(name, default=default)) or default

    def secret(self, name: str, *, default: str) -> str:
        return self.text(name, default=default)

    def token(self, name: str) -> str:
        """What others send to get in: empty when unset, else long enough not to be guessed and fit for a header."""
        value = self.text(name, default="").strip()
        if value and not (
            len(value) >= SHORTEST_TOKEN and value.isascii() and value.isprintable() and " " not in value
        ):
            raise ImproperlyConfigured(
                f"{name} must have {SHORTEST_TOKEN} printable ASCII characters or more, no blanks."
                " Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            )
        return value

    def words(self, name: str, *, default: list[str] | None = None) -> list[str]:
        """A comma-separated list."""
        return [word.strip() for word in self._env.list(name, default=default or []) if word.strip()]

    def field_keys(self, name: str) -> list[bytes]:
        """Keys of 32 random bytes in URL-safe base64, comma-separated; the first one seals."""
        keys = [f"{word}{'=' * (-len(word) % 4)}".encode() for word in self.words(name)]
        for number, key in enumerate(keys, 1):
            try:
                is_one = len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
            except ValueError:
                is_one = False
            if not is_one:
                raise ImproperlyConfigured(f"{name}: key {number} is not 32 bytes in base64. {MAKE_A_FIELD_KEY}")
        return keys

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, default="1" if default else "0").lower()
        if value not in ("1", "0", "true", "false", "yes", "no", "on", "off"):
            raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no. Use 1 or 0.")
        return value in ("1", "true", "yes", "on")

    def number(self, name: str, *, default: int) -> int:
        value = self.text(name, default=str(default))
        if not value.isdecimal():
            raise ImproperlyConfigured(f"{name}={value!r} is no whole number. Use digits, e.g. {default}.")
        return int(value)

    def networks(self, name: str, *, default: list[str]) -> list[IPv4Network | IPv6Network]:
        """Addresses and networks, comma-separated."""
        try:
            return [ip_network(word) for word in self.words(name, default=default)]
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{name}: {error}. Give networks such as 10.0.0.0/8, comma-separated."
            ) from error

    def choice(self, name: str, choices: list[str], *, default: str) -> str:
        value = self.text(name, default=default)
        if value not in choices:
            raise ImproperlyConfigured(f"{name}={value!r} is unknown. Use one of: {', '.join(choices)}.")
        return value

    def url(self, name: str, *, default: str) -> str:
        value = self.text(name, default=default).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ImproperlyConfigured(f"{name}={value!r} is no web address. Use e.g. {default}.")
        return value

    def origin_of(self, url: str) -> str:
        """``https://host:port`` of an address: what a browser's policy compares."""
        return "{0.scheme}://{0.netloc}".format(urlsplit(url))

    def mail_provider(self, name: str, *, prefix: str) -> tuple[str, dict[str, Any]]:
        """The provider that django-anymail sends by, and its own settings, which begin with ``prefix``; or neither.

        Without a webhook secret anybody could report bounces, so one is asked for.
        """
        provider = self.text(name, default="").strip().lower()
        given: dict[str, Any] = {
            key.removeprefix(prefix): value for key, value in os.environ.items() if key.startswith(prefix) and value
        }
        if not provider:
            return "", {}
        if not provider.isidentifier() or find_spec("anymail") is None or not find_spec(f"anymail.backends.{provider}"):
            raise ImproperlyConfigured(
                f"{name}={provider!r}: django-anymail is not installed, or knows no such provider."
                " Install the extra (pip install 'financy-support[anymail]') and name one such as postmark."
            )
        if ":" not in given.get("WEBHOOK_SECRET", ""):
            raise ImproperlyConfigured(
                f"{prefix}WEBHOOK_SECRET must be “user:password”, long and random: by it the provider proves who calls."
            )
        return provider, given

    def database(self, name: str, *, fallback: str = "") -> dict[str, Any]:
        """A PostgreSQL URL; without one the desk cannot start, and the message says how to get one."""
        value = self.text(name, default="") or (self.text(fallback, default="") if fallback else "")
        if not value:
            raise ImproperlyConfigured(
                f"{name} is not set and no desk is running. Start one with: make run"
                " (or set DATABASE_URL to a PostgreSQL server of yours)."
            )
        try:
            parsed: dict[str, Any] = dict(environ.Env.db_url_config(value))
        except (ValueError, ImproperlyConfigured) as error:
            raise ImproperlyConfigured(f"{name} cannot be read: {error}.") from error
        if "postgresql" not in parsed.get("ENGINE", ""):
            raise ImproperlyConfigured(f"{name} is no PostgreSQL address. Use postgres://user:password@host:port/name.")
        parsed["ENGINE"] = "django.db.backends.postgresql"
        parsed.setdefault("OPTIONS", {})
        return parsed

    def email(self, name: str, *, default: str) -> dict[str, Any]:
        value = self.text(name, default=default)
        if not value.startswith(("smtp://", "smtps://", "smtp+tls://", "smtp+ssl://")):
            raise ImproperlyConfigured(f"{name}={value!r} is no mail server. Use smtp://user:password@host:port.")
        parsed = dict(environ.Env.email_url_config(value))
        parsed.pop("EMAIL_BACKEND", None)
        return parsed

    def refuse_unsafe_production(
        self, production: bool, *, debug: bool, secret_key: str, field_keys: list[bytes], hosts: list[str]
    ) -> None:
        """In production: no default or short secret, a key of its own for sealed fields, no DEBUG, no wildcard host."""
        if not production:
            return
        if len(secret_key) < 50 or any(word in secret_key.lower() for word in UNSAFE_SECRETS):
            raise ImproperlyConfigured(
                "DESK_SECRET_KEY is missing, shorter than 50 characters or a known default."
                " Make one: python -c 'import secrets; print(secrets.token_urlsafe(64))'"
            )
        if not field_keys:
            raise ImproperlyConfigured(f"DESK_FIELD_KEYS is not set: secrets of providers need it. {MAKE_A_FIELD_KEY}")
        if debug:
            raise ImproperlyConfigured("DESK_DEBUG is on in production: it shows secrets to visitors. Unset it.")
        if not self._env.list("DESK_HOSTS", default=[]) or any("*" in host or host.startswith(".") for host in hosts):
            raise ImproperlyConfigured(
                "DESK_HOSTS must name each host in production, without wildcards: desk.example.com"
            )
