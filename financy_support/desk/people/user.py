"""Who has a log-in: agents, editors, customers, tools, and the system's own actors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from financy_support.desk.audit.acting import acting
from financy_support.desk.audit.audited_model import ERASED, AuditedModel
from financy_support.desk.people.language import Language
from financy_support.desk.people.time_zone import validate_time_zone


class UserKind(models.TextChoices):
    """What somebody is to the desk; it decides which doors open."""

    AGENT = "agent", _("agent")
    EDITOR = "editor", _("editor")
    CUSTOMER = "customer", _("customer")
    TOOL = "tool", _("tool")
    SYSTEM = "system", _("system")


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail whatever the case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username or "")

    def create_user(self, email: str, *, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An agent of tier 4 who may administer the desk; called by ``createsuperuser`` in the installer's name."""
        with acting(by=self.get(pk=SystemActor.CONSOLE), channel="command", reason="createsuperuser"):
            return self.create_user(email, password=password, kind=UserKind.AGENT, is_superuser=True, **fields)


class SystemActor(models.IntegerChoices):
    """The desk's own hands, each a User row with this id, so that every history row names somebody."""

    INSTALLER = 1, "Installer"
    GUIDE = 2, "Guide loader"
    SWEEPER = 3, "Deadline sweeper"
    OUTBOX = 4, "Outbox"
    IMPORTER = 5, "Importer"
    PUBLIC = 6, "Public visitor"
    CONSOLE = 7, "Console"
    DOOR = 8, "Log-in door"
    MAIL = 9, "Mail room"


class User(AuditedModel, AbstractBaseUser):
    """One person or tool with a log-in (design §3 'The floor'). People are deactivated, never deleted."""

    history_excludes: ClassVar[tuple[str, ...]] = ("password",)
    about_customers: ClassVar[str] = (  # their own log-in, and those of chat visitors who gave their address
        "id IN (SELECT user_id FROM desk_customer WHERE id IN ({customers})"
        " UNION SELECT person_id FROM tickets_chatvisitor WHERE customer_id IN ({customers}))"
    )
    personal: ClassVar[Mapping[str, str]] = {
        "email": "'erased-user-' || id || '@erased.invalid'",
        "name": ERASED,
        "phone": "''",
        "is_active": "false",
    }

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=UserKind.choices)
    tier = models.ForeignKey("desk.SupportTier", models.PROTECT, null=True, blank=True, verbose_name=_("tier"))
    phone = models.CharField(
        _("phone"),
        max_length=16,
        blank=True,
        validators=[RegexValidator(r"\+[1-9]\d{6,14}", _("+ and country code, digits only: +5511987654321."))],
        help_text=_("Where the desk calls and texts when it pages; + and country code."),
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.ENGLISH)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    is_superuser = models.BooleanField(_("administrator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    last_login = None  # a log-in changes no audited row; log-ins are recorded by the lock-out library
    scopes: frozenset[str] = frozenset()  # what the token in hand allows; set by API authentication

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        app_label = "desk"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(Upper("email"), name="user_email_unique_whatever_the_case"),
            models.CheckConstraint(
                condition=~models.Q(kind=UserKind.AGENT) | models.Q(tier__isnull=False) | models.Q(is_superuser=True),
                name="agent_has_a_tier",
                violation_error_message=_("An agent needs a support tier: choose 1 to 4."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """May open the back office; what they see there each model's admin decides."""
        return self.is_active and (self.is_superuser or self.kind in (UserKind.AGENT, UserKind.EDITOR))

    @property
    def is_agent(self) -> bool:
        return self.is_active and (self.is_superuser or self.kind == UserKind.AGENT)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's own permission rows are not used: administrators may, everyone else goes by kind and scope."""
        return self.is_active and self.is_superuser

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    def check_password(self, raw_password: str | None) -> bool:
        """As Django's, but an upgraded hash is stored in this user's own name: a log-in is a named act."""
        with acting(by=self, channel="log-in", reason="password hash upgraded at log-in"):
            return super().check_password(raw_password or "")


def system_actor(actor: SystemActor) -> User:
    """The User row of one of the desk's own hands."""
    return User.objects.get(pk=actor)
