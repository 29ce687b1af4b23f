"""People: log-ins, customers, organisations. Nobody is deleted; who leaves is made inactive."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_totp.models import TOTPDevice

from financy_support.admin_base import (
    ChoicesDropdownFilter,
    DeskAdmin,
    DeskInline,
    UnfoldAdminPasswordToggleWidget,
    Who,
    person,
)
from financy_support.admin_verb_form import VerbModelForm, VerbPage
from financy_support.desk.audit.acting import Act
from financy_support.desk.models import Customer, Organisation, TeamMembership, User
from financy_support.desk.people.user import UserKind
from financy_support.desk.people.workflow.change_customer import ADMINISTRATORS, change_customer
from financy_support.desk.people.workflow.change_organisation import change_organisation
from financy_support.desk.people.workflow.register_customer import register_customer
from financy_support.desk.people.workflow.register_organisation import register_organisation


class UserForm(forms.ModelForm):
    """A log-in, with a new password when one is typed."""

    new_password = forms.CharField(
        label=gettext_lazy("New password"),
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordToggleWidget(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Empty: stays as it is; on a new log-in: nobody can log in until one is set."),
    )

    class Meta:
        model = User
        fields = ("email", "name", "kind", "tier", "phone", "language", "time_zone", "is_superuser", "is_active")

    def clean_kind(self) -> str:
        """The desk's own hands are made by ``migrate`` alone."""
        kind: str = self.cleaned_data["kind"]
        if kind == UserKind.SYSTEM and self.instance.kind != UserKind.SYSTEM:
            raise ValidationError(_("“System” is for the desk's own hands. Choose agent, editor, customer or tool."))
        return kind

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        if self.cleaned_data["new_password"]:
            user.set_password(self.cleaned_data["new_password"])
        elif user.pk is None:
            user.set_unusable_password()
        if commit:
            user.save()
            self._save_m2m()  # type: ignore[attr-defined]  # a ModelForm's own
        return user


class MembershipInline(DeskInline):
    model = TeamMembership
    seen_by = Who.ADMINISTRATORS
    written_by = Who.ADMINISTRATORS
    is_deletable = True
    fields = ("team", "is_lead")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("person", "team")

    verbose_name_plural = gettext_lazy("teams")


@admin.register(User)
class UserAdmin(DeskAdmin):
    """Log-ins of agents, editors, customers and tools; the system's own are only shown."""

    seen_by = Who.ADMINISTRATORS
    written_by = Who.ADMINISTRATORS
    form = UserForm
    list_display = ("name", "email", "kind", "tier", "is_superuser", "is_active")
    list_filter = (("kind", ChoicesDropdownFilter), "is_active", "is_superuser")
    list_select_related = ("tier",)
    search_fields = ("name", "email")
    inlines: ClassVar[Any] = [MembershipInline]
    actions: Any = ["forget_second_factor"]
    fieldsets = (
        (None, {"fields": (("name", "email"), ("kind", "tier"), ("language", "time_zone"), "phone")}),
        (gettext_lazy("Log-in"), {"fields": ("new_password", "is_superuser", "is_active")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.kind != UserKind.SYSTEM)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """No filter in the address may probe a password's hash."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Nobody locks themselves out by mistake: one's own rights are for another administrator to take."""
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None and obj.pk == request.user.pk:
            for name in ("is_superuser", "is_active", "kind"):
                if name in form.base_fields:
                    form.base_fields[name].disabled = True
                    form.base_fields[name].help_text = _("Your own: another administrator changes it.")
        return form

    @admin.action(description=gettext_lazy("Forget the second factor (they enrol anew)"))
    def forget_second_factor(self, request: HttpRequest, queryset: Any) -> None:
        """For who lost their phone: at their next log-in they enrol another; sessions proved by the old one end."""
        people = queryset.values("pk")
        count, _by_model = TOTPDevice.objects.filter(user__in=people).delete()
        messages.success(request, _("%d devices forgotten.") % count)
        for user in queryset:
            self.log_change(request, user, "Second factor forgotten.")


class CustomerForm(VerbModelForm):
    """Who asks; the verbs say what each field may hold, and who may set it."""

    class Meta:
        model = Customer
        fields = ("name", "email", "phone", "organisation", "language", "time_zone", "preferred_channel", "user")
        field_classes: ClassVar[Any] = {"email": forms.CharField}  # the verb's refusal says more than Django's

    def register(self, values: dict[str, Any], act: Act) -> Customer:
        said: Any = {name: value for name, value in values.items() if value is not None}
        return register_customer(**said, by=act.by, at=act.at)

    def change(self, row: Customer, values: Any, act: Act) -> Customer:
        return change_customer(row, **values, by=act.by, at=act.at)


@admin.register(Customer)
class CustomerAdmin(VerbPage):
    """Who asks; agents register and change them, administrators their e-mail and log-in too."""

    seen_by = Who.AGENTS
    written_by = Who.AGENTS
    form = CustomerForm
    list_display = ("name", "email", "organisation", "language", "time_zone", "preferred_channel")
    list_filter = (("language", ChoicesDropdownFilter),)
    list_select_related = ("organisation",)
    search_fields = ("email__istartswith", "name__istartswith")
    autocomplete_fields = ("organisation",)
    raw_id_fields = ("user",)
    fields = (("name", "email"), ("phone", "organisation"), ("language", "time_zone"), ("preferred_channel", "user"))

    def has_change_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        """Whoever was erased is shown, and changed no more."""
        return super().has_change_permission(request, obj) and (obj is None or obj.erased_at is None)

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> Any:
        if person(request).is_superuser:
            return ()
        return ADMINISTRATORS if obj is not None else ("user",)


class OrganisationForm(VerbModelForm):
    """A firm, and whether its people see each other's tickets."""

    class Meta:
        model = Organisation
        fields = ("name", "shares_tickets")

    def register(self, values: Any, act: Act) -> Organisation:
        return register_organisation(**values, by=act.by, at=act.at)

    def change(self, row: Organisation, values: Any, act: Act) -> Organisation:
        return change_organisation(row, **values, by=act.by, at=act.at)


@admin.register(Organisation)
class OrganisationAdmin(VerbPage):
    seen_by = Who.AGENTS
    written_by = Who.AGENTS
    form = OrganisationForm
    list_display = ("name", "sharing")
    search_fields = ("name__istartswith",)

    @admin.display(description=gettext_lazy("Shares tickets"), boolean=True)
    def sharing(self, organisation: Organisation) -> bool:
        return organisation.shares_tickets
