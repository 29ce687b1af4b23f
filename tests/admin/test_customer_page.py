"""The pages of customers and organisations call the verbs: their gates, their refusals, their named acts."""

import pytest
from django.urls import reverse

from financy_support.desk.audit.acting import acting
from financy_support.desk.models import Customer, Organisation, User
from financy_support.desk.people.workflow.change_customer import change_customer
from tests.admin.page import text


def page_of(row):
    return reverse(f"admin:desk_{row._meta.model_name}_change", args=[row.pk])


def typed(customer, **other):
    """What the form of a customer holds when nobody has typed anything."""
    fields = {
        "name": customer.name, "email": customer.email, "phone": customer.phone,
        "organisation": customer.organisation_id or "", "language": customer.language,
        "time_zone": customer.time_zone, "preferred_channel": customer.preferred_channel,
        "user": customer.user_id, "seen": customer.version,
    }  # fmt: skip
    return fields | other


def test_an_agent_changes_a_customer_in_a_named_act_with_its_reason(cast, at_the_desk):
    tom = at_the_desk(cast.tom)
    assert 'name="seen" value="1"' in text(tom.get(page_of(cast.ana)))
    answer = tom.post(
        page_of(cast.ana), typed(cast.ana, name="Ana S.", language="es", history_reason="she told us by phone")
    )
    assert answer.status_code == 302
    version = Customer.history.filter(id=cast.ana.pk).latest("history_id")
    assert (version.name, version.language, version.version) == ("Ana S.", "es", 2)
    assert (version.history_user_id, version.history_channel, version.history_change_reason) == (
        cast.tom.pk, "admin", "she told us by phone",
    )  # fmt: skip
    assert Customer.history.filter(id=cast.ana.pk).count() == 2


def test_an_agent_neither_sees_a_box_for_e_mail_and_log_in_nor_sets_them(cast, at_the_desk):
    tom = at_the_desk(cast.tom)
    page = text(tom.get(page_of(cast.ana)))
    assert 'name="name"' in page and 'name="email"' not in page and 'name="user"' not in page
    tom.post(page_of(cast.ana), typed(cast.ana, phone="+55 11 5555-0100", email="x@example.com", user=cast.ben.user_id))
    ana = Customer.objects.get(pk=cast.ana.pk)
    assert (ana.phone, ana.email, ana.user_id) == ("+55 11 5555-0100", "ana@example.com", cast.ana.user_id)


def test_an_administrator_sets_them_within_the_verbs_rules(cast, at_the_desk):
    ada = at_the_desk(cast.ada)
    answer = ada.post(page_of(cast.ana), typed(cast.ana, email="BEN@example.com"))
    assert answer.status_code == 200 and "registered already" in text(answer)
    answer = ada.post(page_of(cast.ana), typed(cast.ana, user=cast.tom.pk))
    assert "Choose one of kind" in answer.context["adminform"].form.errors["user"][0]
    assert ada.post(page_of(cast.ana), typed(cast.ana, email="ana@Souza.example", user="")).status_code == 302
    ana = Customer.objects.get(pk=cast.ana.pk)
    assert (ana.email, ana.user) == ("ana@souza.example", None)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("time_zone", "Mars/Olympus", "Use an IANA name"),
        ("preferred_channel", "pigeon", "Use one of: "),
        ("phone", "call me", "5 to 15 digits"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_changes_nothing(cast, at_the_desk, field, value, said):
    answer = at_the_desk(cast.tom).post(page_of(cast.ana), typed(cast.ana, name="Other", **{field: value}))
    assert answer.status_code == 200
    assert said in answer.context["adminform"].form.errors[field][0]
    assert Customer.objects.get(pk=cast.ana.pk).name == "Ana"
    assert Customer.history.filter(id=cast.ana.pk).count() == 1


def test_a_form_opened_before_somebody_elses_change_undoes_nothing(cast, at_the_desk):
    stale = typed(cast.ana, phone="+55 11 5555-0100")
    with acting(by=cast.ana.user, channel="test") as act:
        change_customer(cast.ana, language="es", by=act.by, at=act.at)
    answer = at_the_desk(cast.tom).post(page_of(cast.ana), stale)
    assert answer.status_code == 200 and "Somebody changed it in between" in text(answer)
    assert 'name="seen" value="1"' in text(answer)
    ana = Customer.objects.get(pk=cast.ana.pk)
    assert (ana.language, ana.phone) == ("es", "")


def test_an_agent_registers_a_customer_and_their_firm(cast, at_the_desk):
    tom = at_the_desk(cast.tom)
    answer = tom.post(reverse("admin:desk_organisation_add"), {"name": "Padaria Souza", "shares_tickets": "on"})
    assert answer.status_code == 302
    firm = Organisation.objects.get(name="Padaria Souza")
    blank = Customer(preferred_channel="email_support", time_zone="Europe/Madrid", language="es")
    new = typed(blank, name="Nina", email="nina@example.com", organisation=firm.pk, user="")
    answer = tom.post(reverse("admin:desk_customer_add"), new | {"history_reason": "wrote to the founders"})
    assert answer.status_code == 302, answer.context["errors"]
    nina = Customer.objects.get(email="nina@example.com")
    assert (nina.organisation, nina.time_zone, nina.user) == (firm, "Europe/Madrid", None)
    version = Customer.history.get(id=nina.pk)
    assert (version.history_user_id, version.history_change_reason) == (cast.tom.pk, "wrote to the founders")
    answer = tom.post(reverse("admin:desk_customer_add"), new | {"email": "NINA@example.com"})
    assert "registered already" in answer.context["adminform"].form.errors["email"][0]


def test_a_firm_is_renamed_and_its_name_taken_only_once(cast, at_the_desk):
    tom, firm = at_the_desk(cast.tom), cast.dan.organisation
    answer = tom.post(page_of(firm), {"name": "Sharing Ltd", "seen": 1})
    assert "registered already" in answer.context["adminform"].form.errors["name"][0]
    assert tom.post(page_of(firm), {"name": "Silent & Sons", "shares_tickets": "on", "seen": 1}).status_code == 302
    firm.refresh_from_db()
    assert (firm.name, firm.shares_tickets, firm.version) == ("Silent & Sons", True, 2)


def test_an_erased_customer_is_shown_and_not_changed(cast, at_the_desk):
    with acting(by=cast.ada, channel="test") as act:
        Customer.objects.filter(pk=cast.ana.pk).update(erased_at=act.at)
    ada = at_the_desk(cast.ada)
    assert 'name="name"' not in text(ada.get(page_of(cast.ana)))
    assert ada.post(page_of(cast.ana), typed(cast.ana, name="Ana again")).status_code == 403
    assert User.objects.get(pk=cast.ana.user_id).name == "Ana"
