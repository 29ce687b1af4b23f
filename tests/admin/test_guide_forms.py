"""Administrators edit the handbook's rows and people; every write is a named act."""

import pytest
from django.urls import reverse

from communications.models import Phrase
from financy_support.desk.models import OnCallShift, ResponseRole, TeamMembership, User
from tests.admin.page import text
from tickets.models import HoldRule, SlaTarget

PASSWORD = "correct horse battery"


@pytest.fixture
def ada(cast, at_the_desk):
    return at_the_desk(cast.ada)


def test_a_changed_target_is_recorded_with_person_door_and_reason(cast, ada):
    target = SlaTarget.objects.get(metric="first_response", severity="low")
    typed = {"metric": "first_response", "severity": "low", "tier": "", "target": "10:00:00", "warn_percent": "75",
             "calendar": "", "history_reason": "the board decided"}  # fmt: skip
    assert ada.post(reverse("admin:tickets_slatarget_change", args=[target.pk]), typed).status_code == 302
    target.refresh_from_db()
    version = target.history.latest("history_id")
    assert target.target.total_seconds() == 36_000
    assert (version.history_user_id, version.history_channel, version.history_change_reason) == (
        cast.ada.pk, "admin", "the board decided",
    )  # fmt: skip
    page = text(ada.get(reverse("admin:tickets_slatarget_history", args=[target.pk])))
    assert "the board decided" in page
    assert "10\xa0hours" in page or "10 hours" in page


def test_a_refused_form_keeps_what_was_typed(ada):
    target = SlaTarget.objects.get(metric="first_response", severity="low")
    typed = {
        "metric": "first_response",
        "severity": "low",
        "target": "soon",
        "warn_percent": "75",
        "history_reason": "because",
    }
    answer = ada.post(reverse("admin:tickets_slatarget_change", args=[target.pk]), typed)
    assert answer.status_code == 200
    assert 'value="soon"' in text(answer)
    assert 'value="because"' in text(answer)


def test_a_rule_may_go_and_its_going_is_recorded(cast, ada):
    rule = HoldRule.objects.first()
    assert ada.post(reverse("admin:tickets_holdrule_delete", args=[rule.pk]), {"post": "yes"}).status_code == 302
    version = HoldRule.history.filter(id=rule.pk).latest("history_id")
    assert (version.history_type, version.history_user_id) == ("-", cast.ada.pk)


def test_a_phrase_is_read_by_editors_and_written_by_administrators(cast, ada, at_the_desk):
    phrase = Phrase.objects.first()
    address = reverse("admin:communications_phrase_change", args=[phrase.pk])
    assert at_the_desk(cast.eve).get(address).status_code == 200
    typed = {"code": phrase.code, "language": phrase.language, "text": "New words"}
    assert at_the_desk(cast.eve).post(address, typed).status_code == 403
    assert ada.post(address, typed).status_code == 302
    phrase.refresh_from_db()
    assert phrase.text == "New words"


def _person(**typed):
    fields = {"email": "nina@financy.example", "name": "Nina", "kind": "agent", "tier": "1", "language": "en",
              "time_zone": "UTC", "is_active": "on", "new_password": PASSWORD,
              "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0"}  # fmt: skip
    return fields | typed


def test_an_administrator_hires_somebody_who_can_then_log_in(ada, client):
    from financy_support.desk.models import Team

    team = Team.objects.get(slug="customer_support")
    answer = ada.post(reverse("admin:desk_user_add"), _person(**{"memberships-0-team": team.pk}))
    assert answer.status_code == 302, answer.context["errors"]
    nina = User.objects.get(email="nina@financy.example")
    assert TeamMembership.objects.get(person=nina).team == team
    answer = client.post("/admin/login/", {"username": "Nina@Financy.example", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert "password" not in {field.name for field in User.history.model._meta.fields}


def test_a_weak_password_and_an_agent_without_a_tier_are_refused_by_name(ada):
    answer = ada.post(reverse("admin:desk_user_add"), _person(new_password="short", tier=""))
    assert answer.status_code == 200
    page = text(answer)
    assert "at least 12" in page
    answer = ada.post(reverse("admin:desk_user_add"), _person(tier=""))
    assert "An agent needs a support tier" in text(answer)


def test_people_are_made_inactive_never_deleted_and_their_sessions_end(cast, ada, at_the_desk):
    tom = at_the_desk(cast.tom)
    assert tom.get("/admin/").status_code == 200
    membership = cast.tom.memberships.get()
    typed = _person(email=cast.tom.email, name="Tom", new_password="") | {
        "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1", "memberships-0-id": membership.pk,
        "memberships-0-person": cast.tom.pk, "memberships-0-team": membership.team_id,
    }  # fmt: skip
    del typed["is_active"]
    assert ada.post(reverse("admin:desk_user_change", args=[cast.tom.pk]), typed).status_code == 302
    assert tom.get("/admin/").status_code == 302
    assert ada.post(reverse("admin:desk_user_delete", args=[cast.tom.pk]), {"post": "yes"}).status_code == 403
    assert not User.objects.get(pk=cast.tom.pk).is_active


def test_nobody_takes_their_own_rights_away_by_mistake(cast, ada):
    typed = _person(email=cast.ada.email, name="Ada L.", new_password="", tier="4") | {"memberships-TOTAL_FORMS": "0"}
    del typed["is_active"]
    ada.post(reverse("admin:desk_user_change", args=[cast.ada.pk]), typed)
    cast.ada.refresh_from_db()
    assert (cast.ada.name, cast.ada.is_active, cast.ada.is_superuser) == ("Ada L.", True, True)


def test_the_desks_own_hands_cannot_be_edited_or_made(cast, ada):
    assert ada.post(reverse("admin:desk_user_change", args=[3]), _person()).status_code == 403
    answer = ada.post(reverse("admin:desk_user_add"), _person(kind="system", tier=""))
    assert "desk&#x27;s own hands" in text(answer)


def test_a_person_changes_their_own_password_in_a_named_act(cast, ada):
    cast.ada.set_password(PASSWORD)
    from financy_support.desk.audit.acting import acting

    with acting(by=cast.ada, channel="test"):
        cast.ada.save()
    ada.force_login(cast.ada, backend="django.contrib.auth.backends.ModelBackend")
    typed = {
        "old_password": PASSWORD,
        "new_password1": "another horse battery",
        "new_password2": "another horse battery",
    }
    assert ada.post("/admin/password_change/", typed).status_code == 302
    version = User.history.filter(id=cast.ada.pk).latest("history_id")
    assert version.history_change_reason == "changed their own password"
    assert User.objects.get(pk=cast.ada.pk).check_password("another horse battery")


def test_two_shifts_of_one_rank_may_not_overlap(cast, ada):
    role = ResponseRole.objects.first()
    typed = {
        "role": role.pk,
        "rank": "1",
        "person": cast.tom.pk,
        "period_0": "2026-12-01T08:00",
        "period_1": "2026-12-01T16:00",
    }
    assert ada.post(reverse("admin:desk_oncallshift_add"), typed).status_code == 302
    answer = ada.post(
        reverse("admin:desk_oncallshift_add"), typed | {"period_0": "2026-12-01T15:00", "period_1": "2026-12-01T20:00"}
    )
    assert "Somebody holds this role" in text(answer)
    assert OnCallShift.objects.count() == 1
