"""start_chat, start_visitor_chat: a short log-in to one customer's chat, vouched for by their site, or a stranger's."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from financy_support.api.models import ApiToken, digest_of, new_secret
from financy_support.api.scopes import Scope
from financy_support.desk.audit.acting import current_act
from financy_support.desk.errors import Conflict, Invalid, NotAllowed
from financy_support.desk.people.customer import Customer
from financy_support.desk.people.language import Language
from financy_support.desk.people.user import SystemActor, User, UserKind
from financy_support.desk.wording import require_words
from tickets.log_in import log_in_of
from tickets.models import ChatVisitor
from tickets.policy import policy

NOBODY = "!"  # matches no password: these accounts are opened by tokens alone
LONGEST_NAME = 200


@dataclass(frozen=True)
class ChatLogIn:
    """A token that opens chat/ for one person, shown once."""

    person: User
    secret: str
    expires_at: datetime


def start_chat(*, email: str, name: str = "", language: str = "", by: User, at: datetime) -> ChatLogIn:
    """A chat log-in for the customer with this address, on the word of the site that they are logged in to.

    Somebody new is added, with ``name`` and ``language``; of somebody known neither is changed.
    Raises NotAllowed for others than tools with the scope chat, Invalid, Conflict for an erased or closed account.
    """
    current_act(by)
    if by.kind != UserKind.TOOL or Scope.CHAT not in by.scopes:
        raise NotAllowed("Only a tool whose token has the scope “chat” vouches for a customer.")
    customer = _customer(email, name, language)
    person = log_in_of(customer)
    if not person.is_active:
        raise Conflict("This customer's log-in is closed. Reopen it in the admin under Users.", code="closed")
    return _log_in(person, at)


def start_visitor_chat(*, email: str, name: str, language: str = "", by: User, at: datetime) -> ChatLogIn:
    """A chat log-in for somebody who gives a name and an address and proves neither.

    They get an account of their own, which sees only what it opens; answers that they leave unread go to the address.
    Raises Invalid naming the field, Conflict when the customer of this address was erased.
    """
    current_act(by)
    if by.pk != SystemActor.PUBLIC:
        raise NotAllowed("This door is for visitors without a name. Use your own log-in.")
    name = require_words(name, field="name", longest=LONGEST_NAME)
    customer = _customer(email, name, language)
    person = User.objects.create(
        email=f"visitor-{uuid.uuid4().hex}@chat.invalid",
        name=name,
        kind=UserKind.CUSTOMER,
        language=language or customer.language,
        password=NOBODY,
    )
    ChatVisitor.objects.create(person=person, customer=customer, name=name, created_at=at)
    return _log_in(person, at)


def _customer(email: str, name: str, language: str) -> Customer:
    if language and language not in Language.values:
        raise Invalid(f"{language!r} is no language. Use one of: {', '.join(Language.values)}.", field="language")
    found = Customer.objects.filter(email__iexact=email).select_related("user").first()
    if found is None:
        name = require_words(name, field="name", longest=LONGEST_NAME)
        return Customer.objects.create(email=email, name=name, language=language or Language.ENGLISH)
    if found.erased_at:
        raise Conflict("This customer was erased at their own wish.", code="erased")
    return found


def _log_in(person: User, at: datetime) -> ChatLogIn:
    secret, expires_at = new_secret(), at + policy().chat.session_lasts
    ApiToken.objects.create(
        user=person,
        name="chat",
        digest=digest_of(secret),
        scopes=[Scope.CHAT.value],
        created_at=at,
        expires_at=expires_at,
    )
    return ChatLogIn(person, secret, expires_at)
