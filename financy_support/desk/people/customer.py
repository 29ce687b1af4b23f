"""Customer: who asks, in which language, in which hours, by which channel they like to be answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.audited_model import ERASED, AuditedModel
from financy_support.desk.people.language import Language
from financy_support.desk.people.time_zone import validate_time_zone
from financy_support.desk.people.user import User, UserKind
from financy_support.desk.statement import kept_cursor

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


DIGITS = Func(
    F("phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace", output_field=models.TextField()
)
# In one order, so that two who hold several never wait for each other.
HOLD = "SELECT id FROM desk_customer WHERE id = ANY(%s) AND erased_at IS NULL ORDER BY id FOR KEY SHARE"


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Whom one may see."""

    def visible_to(self, actor: User | AnonymousUser) -> CustomerQuerySet:
        """Agents see customers; a customer sees themself; editors, tools without the scope and strangers nobody."""
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        if actor.is_agent or (actor.kind == UserKind.TOOL and "customers:read" in actor.scopes):
            return self
        if actor.kind == UserKind.CUSTOMER:
            return self.filter(user=actor)
        return self.none()

    def with_number(self, digits: str) -> CustomerQuerySet:
        """Whose phone number has just these digits, whatever stands between them."""
        return self.alias(digits=DIGITS).filter(digits=digits).exclude(phone="")

    def hold_in_place(self, pks: Iterable[int]) -> set[int]:
        """Keep customers from being erased until the transaction ends; gives those that are not erased already."""
        with kept_cursor() as cursor:
            cursor.execute(HOLD, [list(pks)])
            return {pk for (pk,) in cursor.fetchall()}


class Customer(AuditedModel):
    """The person who asks (handbook 'Customer Communication Management': customer.preferred_channel).

    ``version`` grows with every change by a verb (ETag).
    """

    about_customers: ClassVar[str] = "id IN ({customers})"
    personal: ClassVar[Mapping[str, str]] = {
        "email": "'erased-' || id || '@erased.invalid'",
        "name": ERASED,
        "phone": "''",
    }

    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="customer")
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), max_length=254)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    organisation = models.ForeignKey(
        "desk.Organisation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("organisation"),
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.ENGLISH)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="America/Sao_Paulo", validators=[validate_time_zone]
    )
    preferred_channel = models.CharField(
        _("preferred channel"), max_length=32, default="email_support", help_text=_("Code of a communication channel.")
    )
    legal_hold = models.BooleanField(
        _("legal hold"), default=False, help_text=_("Nothing of theirs is erased or expires while this is set.")
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[Any] = CustomerQuerySet.as_manager()

    class Meta:
        app_label = "desk"
        ordering = ["name", "id"]
        indexes = [models.Index(DIGITS, name="customer_digits", condition=~models.Q(phone=""))]
        constraints = [models.UniqueConstraint(Upper("email"), name="customer_email_unique_whatever_the_case")]

    def __str__(self) -> str:
        return self.name or self.email
