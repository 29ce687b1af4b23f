"""reseal_secrets: every secret at rest is sealed with the newest field key, so that older ones can be thrown away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from communications.models import ProviderAccount, WebhookEndpoint
from communications.sealing import reseal
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import NotAllowed
from financy_support.desk.people.user import SystemActor, User

SEALED: dict[Any, tuple[str, ...]] = {
    ProviderAccount: ("sealed_secret",),
    WebhookEndpoint: ("sealed_secret", "sealed_secret_before"),
}


def reseal_secrets(*, by: User, at: datetime) -> int:
    """Return how many rows were sealed anew; all of them or, when one cannot be unsealed, none.

    Raises NotAllowed for others than administrators and the console, ``KeyMissing``.
    """
    current_act(by)
    if not (by.is_superuser or by.pk == SystemActor.CONSOLE):
        raise NotAllowed("Only administrators change keys. Ask one.")
    count = 0
    for model, columns in SEALED.items():
        for row in model.objects.exclude(sealed_secret="").order_by("pk").select_for_update():
            for column in columns:
                setattr(row, column, reseal(getattr(row, column)))
            row.save(update_fields=columns)
            count += 1
    return count
