"""manage.py erase_customer EMAIL --by ADMIN --reason WHY: tombstones for everything personal, facts stay.

Needs the owner's log-in (DATABASE_OWNER_URL), which the second terminal of `make run` has and the web never gets.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from financy_support.desk.audit.acting import acting
from financy_support.desk.audit.maintenance import OWNER, erase_customer
from financy_support.desk.errors import DeskError
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.user import User


class Command(BaseCommand):
    help = "Erase a customer at their own wish, in the name of an administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The customer's address.")
        parser.add_argument("--by", required=True, help="The administrator in whose name it is done.")
        parser.add_argument("--reason", required=True, help="Why; kept for ever.")

    def handle(self, *args: Any, **options: Any) -> None:
        customer = Customer.objects.filter(email__iexact=options["email"]).first()
        if customer is None:
            raise CommandError(f"No customer has the address {options['email']}.")
        by = administrator(options["by"])
        try:
            with acting(by=by, channel="command", reason=options["reason"], using=OWNER) as act:
                touched = erase_customer(customer, reason=options["reason"], by=by, at=act.at)
        except DeskError as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"Erased; {touched} rows touched.")


def administrator(email: str) -> User:
    """The named person; the verb itself checks that they administer."""
    found = User.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise CommandError(f"--by {email}: nobody active has this address.")
    return found
