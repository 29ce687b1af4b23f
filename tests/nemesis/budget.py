"""One customer asks a thousand times an hour here: how much automatic mail is enough is another test's matter."""

from __future__ import annotations

from communications.models import MailBudget
from financy_support.desk.audit.acting import acting
from financy_support.desk.people.user import SystemActor, system_actor


def raise_budgets() -> None:
    """Let every mail leave; the rows are edited as an administrator would."""
    with acting(by=system_actor(SystemActor.CONSOLE), channel="command", reason="few customers ask very much"):
        MailBudget.objects.update(most=1_000_000)
