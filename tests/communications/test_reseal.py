"""Field keys are changed without a gap: add one, reseal, take the old one away."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from communications.models import ProviderAccount, WebhookEndpoint
from communications.sealing import KeyMissing
from communications.workflow.register_webhook import register_webhook
from communications.workflow.reseal_secrets import reseal_secrets
from financy_support.desk.audit.acting import acting
from financy_support.desk.errors import NotAllowed
from tests.conftest import NOON

OLD, NEW = Fernet.generate_key(), Fernet.generate_key()


@pytest.fixture
def sealed(cast, settings):
    settings.DESK_FIELD_KEYS = [OLD]
    cast.monitor.scopes = frozenset({"webhooks", "tickets:read"})
    with acting(by=cast.ada, channel="test"):
        account = ProviderAccount(kind="slack", name="Slack")
        account.secret = "xoxb-1"
        account.save()
    with acting(by=cast.monitor, channel="test"):
        _endpoint, secret = register_webhook(url="https://tools.example.com/", by=cast.monitor, at=NOON)
    return secret


def test_after_resealing_the_new_key_alone_is_enough(sealed, settings, capsys):
    settings.DESK_FIELD_KEYS = [NEW, OLD]
    call_command("reseal")
    assert capsys.readouterr().out.startswith("2 sealed")
    settings.DESK_FIELD_KEYS = [NEW]
    assert (ProviderAccount.objects.get().secret, WebhookEndpoint.objects.get().secret) == ("xoxb-1", sealed)


def test_a_key_that_is_missing_changes_nothing_and_says_so(sealed, settings):
    settings.DESK_FIELD_KEYS = [NEW]
    with pytest.raises(CommandError, match="key that is gone"):
        call_command("reseal")
    with pytest.raises(KeyMissing):
        _ = ProviderAccount.objects.get().secret
    settings.DESK_FIELD_KEYS = [OLD]
    assert ProviderAccount.objects.get().secret == "xoxb-1"


def test_only_administrators_reseal(cast, sealed):
    with acting(by=cast.tom, channel="test"), pytest.raises(NotAllowed):
        reseal_secrets(by=cast.tom, at=NOON)
