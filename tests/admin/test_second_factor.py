"""The second factor and the lock-out: what stands between a password and the back office."""

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from financy_support.desk.audit.acting import acting
from tests.admin.page import text

PASSWORD = "correct horse battery"
STEP = "/admin/second-factor/"


@pytest.fixture
def tom(cast):
    with acting(by=cast.tom, channel="test"):
        cast.tom.set_password(PASSWORD)
        cast.tom.save()
    return cast.tom


def log_in(client, email="tom@financy.example", password=PASSWORD):
    return client.post("/admin/login/", {"username": email, "password": password})


def digits(device, *, steps=0):
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = __import__("time").time() + steps * device.step
    return f"{totp.token():06d}"


@pytest.fixture
def asked(settings):
    settings.DESK_SECOND_FACTOR = True


def test_without_the_factor_no_page_opens_but_the_step_itself(tom, client, asked):
    log_in(client)
    for path in ("/admin/", "/admin/tickets/ticket/", "/admin/password_change/", "/admin/jsi18n/"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert client.get(answer.headers["Location"]).headers["Location"].startswith(STEP)
    assert client.get(STEP).status_code == 200


def test_a_new_person_enrols_and_is_in(tom, client, asked):
    log_in(client)
    page = client.get(STEP)
    assert "data:image/svg+xml;base64," in text(page)
    device = TOTPDevice.objects.get(user=tom)
    assert not device.confirmed
    answer = client.post(STEP, {"token": digits(device), "next": "/admin/tickets/ticket/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/tickets/ticket/")
    assert client.get("/admin/tickets/ticket/").status_code == 200
    device.refresh_from_db()
    assert device.confirmed


def test_the_next_log_in_asks_for_digits_and_shows_no_secret(tom, client, asked):
    device = TOTPDevice.objects.create(user=tom, name="phone", confirmed=True)
    log_in(client)
    page = text(client.get(STEP))
    assert "data:image/svg" not in page
    assert digits(device) not in page
    assert client.post(STEP, {"token": digits(device)}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_wrong_digits_are_refused_and_slowed_down(tom, client, asked):
    device = TOTPDevice.objects.create(user=tom, name="phone", confirmed=True)
    log_in(client)
    right = digits(device)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    assert client.post(STEP, {"token": wrong}).status_code == 400
    assert client.post(STEP, {"token": right}).status_code == 400  # slowed down: even the right ones must wait
    assert client.get("/admin/").status_code == 302


def test_digits_work_once(tom, client, asked):
    device = TOTPDevice.objects.create(user=tom, name="phone", confirmed=True)
    token = digits(device)
    log_in(client)
    assert client.post(STEP, {"token": token}).status_code == 302
    second = Client()
    log_in(second)
    assert second.post(STEP, {"token": token}).status_code == 400


def test_a_foreign_address_is_not_gone_to(tom, client, asked):
    device = TOTPDevice.objects.create(user=tom, name="phone", confirmed=True)
    log_in(client)
    answer = client.post(STEP, {"token": digits(device), "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/admin/"


def test_an_administrator_lets_somebody_enrol_anew(tom, cast, client, at_the_desk):
    TOTPDevice.objects.create(user=tom, name="lost phone", confirmed=True)
    ada = at_the_desk(cast.ada)
    ada.post(
        reverse("admin:desk_user_changelist"),
        {"action": "forget_second_factor", "_selected_action": [tom.pk], "index": 0},
    )
    assert not TOTPDevice.objects.filter(user=tom).exists()


def test_strangers_and_customers_have_no_step(db, cast, client, asked):
    assert client.get(STEP).headers["Location"].startswith("/admin/login/")
    client.force_login(cast.ana.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(STEP).headers["Location"].startswith("/admin/login/")


def test_too_many_wrong_passwords_lock_the_log_in_however_the_name_is_written(tom, client):
    names = [
        "tom@financy.example",
        "Tom@financy.example",
        " TOM@FINANCY.EXAMPLE",
        "tom@Financy.example",
        "tOm@financy.example",
    ]
    for name in names:
        answer = log_in(client, name, "wrong wrong wrong")
    assert answer.status_code == 429
    assert "Locked for a while" in text(answer)
    assert log_in(client).status_code == 429


def test_an_administrator_opens_a_locked_log_in(tom, cast, client, at_the_desk):
    for _ in range(5):
        log_in(client, password="wrong wrong wrong")
    from axes.models import AccessAttempt

    attempt = AccessAttempt.objects.get()
    page = at_the_desk(cast.ada).get(reverse("admin:axes_accessattempt_change", args=[attempt.pk]))
    assert "wrong wrong wrong" not in text(page)
    answer = at_the_desk(cast.ada).post(reverse("admin:axes_accessattempt_delete", args=[attempt.pk]), {"post": "yes"})
    assert answer.status_code == 302
    assert log_in(client).headers["Location"] == "/admin/"
