"""The second factor of staff: enrol with an authenticator app, prove it at each log-in; and who counts as one name."""

from __future__ import annotations

from base64 import b32encode, b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import qrcode
from django import forms
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django_otp import login as remember_device
from django_otp.plugins.otp_totp.models import TOTPDevice
from qrcode.image.svg import SvgPathImage

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite


def is_owed(request: HttpRequest) -> bool:
    """Whether this person must still prove their second factor before any page of the back office."""
    user: Any = request.user
    return settings.DESK_SECOND_FACTOR and user.is_authenticated and not user.is_verified()


class TokenForm(forms.Form):
    """The six digits of the moment."""

    token = forms.RegexField(
        r"^\s*\d{3}\s?\d{3}\s*$",
        label=_("Six digits"),
        error_messages={"invalid": _("The authenticator app shows six digits: type them.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )

    def clean_token(self) -> str:
        return "".join(self.cleaned_data["token"].split())


@never_cache
@csrf_protect
def prove(request: HttpRequest, site: AdminSite) -> HttpResponseBase:
    """Enrol whoever has no device yet, ask the others for their digits; wrong tries are slowed down by the device."""
    user: Any = request.user
    if not (user.is_authenticated and user.is_staff):
        return redirect(f"{reverse('admin:login')}?{REDIRECT_FIELD_NAME}={reverse('admin:index')}")
    if user.is_verified():
        return redirect(_next(request))
    with transaction.atomic():
        device = _device_of(user)
        form = TokenForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            if device.verify_token(form.cleaned_data["token"]):
                if not device.confirmed:
                    device.confirmed = True
                    device.save(update_fields=["confirmed"])
                request.session.cycle_key()
                remember_device(request, device)
                return redirect(_next(request))
            form.add_error("token", _("These digits are wrong or used up: wait for the next ones and type those."))
    context = {
        **site.each_context(request),
        "title": _("Second factor"),
        "form": form,
        "is_enrolling": not device.confirmed,
        "picture": None if device.confirmed else _qr_code(device.config_url),
        "secret": None if device.confirmed else b32encode(device.bin_key).decode(),
        "next": _next(request),
    }
    return TemplateResponse(request, "admin/second_factor.html", context, status=400 if form.errors else 200)


def _device_of(user: Any) -> TOTPDevice:
    """The person's device, locked; a fresh one, not confirmed yet, for whoever has none."""
    mine = TOTPDevice.objects.select_for_update().filter(user=user).order_by("-confirmed", "pk")
    return mine.first() or TOTPDevice.objects.create(user=user, name="Authenticator app", confirmed=False)


def _qr_code(address: str) -> str:
    """The address for the app as a picture that needs no other request."""
    picture = BytesIO()
    qrcode.make(address, image_factory=SvgPathImage, box_size=12, border=2).save(picture)
    return f"data:image/svg+xml;base64,{b64encode(picture.getvalue()).decode()}"


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("admin:index")


def lockout_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name by which wrong passwords are counted: one a person, however they write their e-mail."""
    said = (credentials or {}).get("username") or request.POST.get("username", "")
    return str(said).strip().casefold()[:254]
