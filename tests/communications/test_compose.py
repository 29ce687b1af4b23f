"""compose: a template and facts make words, in one pass, or nothing at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communications.compose import LONGEST_SUBJECT, UNSENDABLE, Unfilled, compose, leftovers, placeholders

FACTS = {"customer_name": "Ben", "reference": "FIN-000007", "incident_start_time": "09:12"}


def test_both_styles_of_the_handbook_are_filled():
    said = compose(
        subject="[{reference}] For {customer_name}",
        body="Began: [INCIDENT_START_TIME]\nServices: [LIST AFFECTED SERVICES]\n",
        facts={**FACTS, "list_affected_services": "cards"},
    )
    assert said.subject == "[FIN-000007] For Ben"
    assert said.body == "Began: 09:12\nServices: cards\n"


def test_a_single_word_in_brackets_is_a_label_for_readers():
    assert compose(subject="[INCIDENT] Cards, [RESOLVED] soon", body="x", facts={}).subject == (
        "[INCIDENT] Cards, [RESOLVED] soon"
    )


@pytest.mark.parametrize("given_facts", [{}, {"customer_name": ""}, {"customer_name": " \n\t\x00\x07"}])
@pytest.mark.parametrize("template", ["Dear {customer_name}", "Dear [CUSTOMER_NAME]", "Dear [CUSTOMER NAME]"])
@pytest.mark.parametrize("place", ["subject", "body"])
def test_a_missing_or_empty_fact_is_refused_by_name(template, given_facts, place):
    with pytest.raises(Unfilled) as refusal:
        compose(**{"subject": "Hello", "body": "Hello", place: template}, facts=given_facts)
    assert [(one.field, one.code) for one in refusal.value.problems] == [("customer_name", "empty")]


@pytest.mark.parametrize(
    "template",
    ["{Customer}", "{customerName}", "{customer name}", "{}", "{ reference }", "{{reference}}", "a } b", "a {reference",
     "[Customer_Name]", "[customer_name]", "[Start time]", "[INCIDENT_START_TIME}"],
)  # fmt: skip
def test_a_misspelt_placeholder_is_refused_and_quoted(template):
    with pytest.raises(Unfilled) as refusal:
        compose(subject="Hello", body=f"Hello {template}!", facts=FACTS)
    assert {one.code for one in refusal.value.problems} == {"leftover"}
    assert any(words in refusal.value.detail for words in leftovers(template))


@pytest.mark.parametrize(
    "template", ["[our help centre](https://financy.example/help)", "array[0]", "[1]", "(a_b)", "a_b"]
)
def test_what_only_looks_a_little_like_a_placeholder_is_left_alone(template):
    assert compose(subject="Hello", body=template, facts={}).body == f"{template}\n"


@pytest.mark.parametrize(
    "words",
    ["{reference}", "{{reference}}", "{customer_name}{customer_name}", "%s %(name)s 100%", r"\g<0> \1 \\", "$ref $1",
     "[LIST THIS]", "[CUSTOMER_NAME]", "{", "}", "{}", "{0.__class__}", "<b>&amp;</b>", "[sic]", "[see below]"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["subject", "body"])
def test_a_customer_s_own_words_are_neither_expanded_nor_refused(words, place):
    template = {"subject": "About it", "body": "About it", place: "{customer_name} wrote: {subject}"}
    said = compose(**template, facts={**FACTS, "subject": words})
    assert getattr(said, place).rstrip("\n") == f"Ben wrote: {words}"


def test_a_subject_is_one_line_whatever_is_put_in():
    said = compose(
        subject="[{reference}] {subject}",
        body="x",
        facts={**FACTS, "subject": "Hi\r\nBcc: all@example.com\n\nBody\x0b\x0c\x1c\x85\u2028\u2029\x00end"},
    )
    assert said.subject == "[FIN-000007] Hi Bcc: all@example.com Body end"


def test_what_no_mail_and_no_database_can_carry_is_left_out():
    said = compose(subject="x", body="{words}", facts={"words": "a\x00b\ud800c\x1bd\x7fe\tf\r\ng\rh"})
    assert said.body == "abcde\tf\ng\nh\n"


def test_a_very_long_subject_is_cut_with_a_sign_of_it():
    said = compose(subject="{words}", body="x", facts={"words": "long " * 300})
    assert len(said.subject) == LONGEST_SUBJECT
    assert said.subject.endswith("…")


def test_the_facts_that_a_text_asks_for_are_named_once_in_order():
    assert placeholders("{b} [C_D] {a} {b} [C D] [NOT] [x_y]") == ["b", "c_d", "a"]


@given(st.text(), st.text())
def test_any_words_arrive_as_they_are_or_are_refused_as_empty(name, words):
    template = {"subject": "For {customer_name}", "body": "{words}"}
    if not UNSENDABLE.sub("", name).strip() or not UNSENDABLE.sub("", words).strip():
        with pytest.raises(Unfilled, match="is empty"):
            compose(**template, facts={"customer_name": name, "words": words})
        return
    said = compose(**template, facts={"customer_name": name, "words": words})
    kept = [character for character in words if character.isprintable() and not character.isspace()]
    arrived = [character for character in said.body if character.isprintable() and not character.isspace()]
    assert arrived == kept
    said.subject.encode()
    said.body.encode()
    assert len(said.subject.splitlines()) == 1
