"""Who may open which page of the back office: closed unless said, and rows that verbs own have no form."""

import pytest
from django.contrib import admin
from django.urls import reverse

from financy_support.admin_base import DeskAdmin, Who
from financy_support.admin_verb_form import VerbPage
from financy_support.desk.audit.audited_model import AuditedModel

PAGES = sorted(admin.site._registry.items(), key=lambda page: page[0]._meta.label)
PEOPLE_AND_LINKS = {"desk.User", "desk.OnCallShift"}
BY_VERB = {"desk.Customer", "desk.Organisation"}  # their forms call verbs, which agents may too
IDS = [model._meta.label for model, _page in PAGES]


def address(model, what="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


@pytest.mark.parametrize(("model", "page"), PAGES, ids=IDS)
def test_every_page_is_a_page_of_ours_and_says_whom_it_is_for(model, page):
    assert isinstance(page, DeskAdmin)
    assert page.seen_by is not Who.NOBODY


@pytest.mark.parametrize(("model", "page"), PAGES, ids=IDS)
def test_only_guide_rows_and_people_have_forms_and_only_administrators_write_what_no_verb_owns(model, page):
    may_write = model._meta.label in PEOPLE_AND_LINKS or (issubclass(model, AuditedModel) and model.is_guide)
    if model._meta.label in BY_VERB:
        assert isinstance(page, VerbPage) and page.written_by is Who.AGENTS
    else:
        assert page.written_by is (Who.ADMINISTRATORS if may_write else Who.NOBODY)


@pytest.mark.parametrize(("model", "page"), PAGES, ids=IDS)
def test_each_page_opens_for_those_it_is_for_and_nobody_else(cast, at_the_desk, model, page):
    for name in ("tom", "eve", "ada"):
        person = getattr(cast, name)
        expected = 200 if page.seen_by.includes(person) else 403
        assert at_the_desk(person).get(address(model)).status_code == expected, name


@pytest.mark.parametrize(("model", "page"), PAGES, ids=IDS)
def test_agents_and_editors_can_add_and_change_nothing_but_through_a_verb_and_delete_nothing(
    cast, at_the_desk, model, page
):
    row = model._default_manager.first()
    for name in ("tom", "eve"):
        client = at_the_desk(getattr(cast, name))
        if row is not None:
            assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code in (403, 404)
        if page.written_by.includes(getattr(cast, name)):
            assert model._meta.label in BY_VERB
            continue
        assert client.get(address(model, "add")).status_code == 403
        assert client.post(address(model, "add"), {"name": "x"}).status_code in (403, 405)
        if row is not None:
            assert client.post(address(model, "change", row.pk), {"name": "x"}).status_code in (403, 404, 405)


@pytest.mark.parametrize(("model", "page"), PAGES, ids=IDS)
def test_no_version_of_anything_can_be_written_back(cast, at_the_desk, model, page):
    row = model._default_manager.first()
    pk = row.pk if row is not None else 1
    assert at_the_desk(cast.ada).post(address(model, "simple_history", pk, "1"), {"name": "x"}).status_code == 405


@pytest.mark.parametrize(("model", "page"), PAGES, ids=IDS)
def test_every_row_can_be_opened_and_its_history_read(cast, at_the_desk, model, page):
    row = page.get_queryset(_Request(cast.ada)).first()
    if row is None:
        pytest.skip("no row of it in a fresh desk")
    ada = at_the_desk(cast.ada)
    assert ada.get(address(model, "change", row.pk)).status_code == 200
    assert ada.get(address(model, "history", row.pk)).status_code == 200


def test_a_stranger_is_led_to_the_log_in_from_every_address(db, client):
    for path in ("/admin/", "/admin/tickets/ticket/", "/admin/tickets/ticket/1/do/reply/", "/admin/mailbox/",
                 "/admin/tickets/ticket/1/files/1/", "/admin/desk/user/"):  # fmt: skip
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/admin/login/"), path


def test_only_pages_under_admin_may_evaluate_strings_and_none_runs_inline_scripts(cast, at_the_desk):
    client = at_the_desk(cast.tom)
    for path in ("/admin/", "/admin/login/", "/admin/nowhere/"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "script-src 'self' 'unsafe-eval'" in policy
        assert "script-src 'self' 'unsafe-eval' 'unsafe-inline'" not in policy
    assert "unsafe-eval" not in client.get("/health/live").headers["Content-Security-Policy"]


class _Request:
    """As much of a request as a queryset asks for."""

    def __init__(self, user):
        self.user, self.GET, self.method = user, {}, "GET"
