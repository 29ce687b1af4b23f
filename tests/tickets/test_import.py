"""import_tickets: every row of any CSV becomes one ticket or one named refusal, once."""

from __future__ import annotations

import csv
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communications.models import Message
from financy_support.desk.models import Customer
from financy_support.desk.people.user import SystemActor
from tickets.imports.csv_file import CsvFile
from tickets.imports.run import ImportRun
from tickets.imports.shape import known_shapes, recognise
from tickets.models import Ticket

CFPB = "complaint_id,date_received,product,sub_product,issue,sub_issue,narrative,company,state,zip3,submitted_via"
FREE = ("--map", "subject=title", "--map", "description=words", "--map", "email=from")


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """``file(text)``: a CSV file with that text (or those bytes)."""

    def write(content: str | bytes, name: str = "rows.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("import_tickets", *map(str, arguments), stdout=out)
    return out.getvalue()


pytestmark = pytest.mark.django_db


def test_a_complaint_becomes_a_ticket_by_the_mapping_its_header_gives_away(file: Any) -> None:
    row = "69978,2025-01-13,Credit card,,Fraud or scam,,They took it all.,ACME BANK,CO,801,Phone"
    said = run(file(f"{CFPB}\n{row}\n"))
    ticket = Ticket.objects.get(source="cfpb:69978")
    assert (ticket.severity, ticket.category.code, ticket.team.slug, ticket.channel, ticket.language) == (
        "high", "security", "security", "phone_support", "en",
    )  # fmt: skip
    assert ticket.subject == "Fraud or scam (Credit card)"
    assert (ticket.customer.email, ticket.customer.name) == ("consumer-co-801@example.com", "Consumer in CO 801")
    body = ticket.replies.get().body
    assert body.startswith("They took it all.") and "ACME BANK" in body and "2025-01-13" in body
    history = ticket.history.get()
    assert (history.history_user_id, history.history_channel) == (SystemActor.IMPORTER, "import")
    assert history.history_change_reason == "import_tickets rows.csv"
    assert "Mapping: cfpb" in said and "stand-in customer" in said and "1 tickets opened" in said


def test_a_complaint_without_narrative_says_what_is_known_and_invents_nothing(file: Any) -> None:
    run(file(f"{CFPB}\n7,2012-05-10,Mortgage,,Other,,,ACME BANK,,,Web\n"))
    ticket = Ticket.objects.get(source="cfpb:7")
    assert ticket.replies.get().body == (
        "No narrative was published with this complaint. What is known: it was received on 2012-05-10, it is about"
        " Mortgage (no kind named), the issue is “Other” (no detail named), and the company is ACME BANK."
    )
    assert ticket.customer.email == "consumer-xx-000@example.com"


def test_the_same_file_twice_doubles_nothing_and_says_so(file: Any) -> None:
    path = file("text,intent\nWhere is my card?,card_arrival\nSomebody stole my card,compromised_card\n")
    assert "2 tickets opened, 0 rows were here already" in run(path)
    before = (Ticket.history.count(), Message.objects.count(), Customer.history.count())
    assert "0 tickets opened, 2 rows were here already, 0 refused" in run(path)
    assert (Ticket.history.count(), Message.objects.count(), Customer.history.count()) == before


def test_two_people_who_ask_in_the_same_words_are_two_tickets(file: Any) -> None:
    path = file("text,intent\nHelp,card_arrival\nHelp,card_arrival\n")
    assert "2 tickets opened" in run(path)
    assert "2 rows were here already" in run(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators_are_read(file: Any, encoding: str, separator: str) -> None:
    text = (
        separator.join(["title", "words", "from"]) + "\r\n" + separator.join(["Cartão", "Não chegou", "ana@a.example"])
    )
    named = ("--encoding", encoding) if encoding == "cp1252" else ()
    assert "1 tickets opened" in run(file(text.encode(encoding)), *FREE, *named)
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.customer.email) == ("Cartão", "ana@a.example")


def test_bytes_that_are_no_utf8_refuse_their_row_only(file: Any) -> None:
    said = run(file(b"title,words,from\nA,Caf\xe9,a@a.example\nB,good,b@b.example\n"), *FREE)
    assert "line 2: row: the byte 0xE9 is no UTF-8" in said and "--encoding cp1252" in said
    assert "1 tickets opened" in said and Ticket.objects.get().subject == "B"


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        ("A,B", "row: 2 values, but the header names 3 columns"),
        ("A,B,a@a.example,D", "row: 4 values"),
        ('A,"B"x,a@a.example', "row: cannot be read up to line 2"),
        ('A,"never closed,a@a.example', "row: cannot be read up to line"),
        ("A,,a@a.example", "description: “description” is empty"),
        ("A,B,nobody", "email: 'nobody' is no e-mail address"),
        ("A,B\x00,a@a.example", "description: “description” holds a NUL"),
        (f"A,{'x' * 100_001},a@a.example", "description: “description” has 100,001 characters; 100,000 is the most"),
    ],
)
def test_a_row_that_cannot_come_in_is_named_with_line_field_and_way_out(file: Any, row: str, refusal: str) -> None:
    said = run(file(f"title,words,from\n{row}\n"), *FREE)
    assert f"line 2: {refusal}" in said and "0 tickets opened" in said and "1 refused" in said
    assert not Ticket.objects.exists() and not Customer.objects.exists()  # not even its customer stays


def test_a_nul_in_an_id_refuses_its_row_only(file: Any) -> None:
    said = run(file("n,words\n1\x00,A\n2,B\n"), "--map", "source=n", "--map", "description=words")
    assert "line 2: source: The id holds a NUL" in said and Ticket.objects.get().source == "rows:2"


def test_utf16_that_breaks_off_is_named_where_it_does(file: Any) -> None:
    said = run(file("title,words,from\nA,B,a@a.example\nC,D,d@d.example\n".encode("utf-16")[:-1]), *FREE)
    assert "is no UTF-16 from here on" in said and "1 refused" in said


def test_a_file_that_is_not_what_its_first_bytes_say_is_refused(file: Any) -> None:
    with pytest.raises(CommandError, match="is no UTF-16: save it as UTF-8"):
        run(file(b"\xff\xfe\x00\xdc\x00\xdc"))


def test_a_spreadsheet_is_refused_with_the_way_out(file: Any) -> None:
    with pytest.raises(CommandError, match="save it as CSV"):
        run(file(b"PK\x03\x04", "rows.xlsx"))


def test_line_numbers_count_the_lines_inside_quotes(file: Any) -> None:
    said = run(file('title,words,from\nA,"one\ntwo\n\nfive",a@a.example\nB,,b@b.example\n'), *FREE)
    assert "line 6: description" in said and "1 tickets opened" in said


def test_a_missing_subject_is_the_first_words_and_a_long_one_stands_whole_above_the_description(file: Any) -> None:
    run(file(f"title,words,from\n,{'many words ' * 20},a@a.example\n{'long ' * 60},short,a@a.example\n"), *FREE)
    first, second = Ticket.objects.order_by("id")
    assert first.subject.startswith("many words many") and first.subject.endswith(" …") and len(first.subject) <= 82
    assert len(second.subject) <= 250 and second.subject.endswith("…")
    assert second.replies.get().body == f"{('long ' * 60).strip()}\n\nshort"


MULTILANG = "id,language,priority,queue,type,subject,body,answer,business_type,tags,version\n"


def test_a_language_the_desk_does_not_speak_is_refused_unless_a_fallback_is_named(file: Any) -> None:
    rows = "1,de,low,IT Support,Request,Hallo,Hilfe,,,,v3\n2,pt-BR,high,Billing and Payments,Request,Olá,Ajuda,,,,v3\n"
    path = file(MULTILANG + rows)
    said = run(path)
    assert "line 2: language: 'de' is none of the desk's languages (en, pt, es)" in said
    assert "--fallback-language en" in said
    ticket = Ticket.objects.get()
    assert (ticket.language, ticket.severity, ticket.category.code) == ("pt", "high", "billing")
    assert "1 tickets opened, 1 rows were here already, 0 refused" in run(path, "--fallback-language", "en")
    assert Ticket.objects.get(source="multilang:1").language == "en"


def test_an_unknown_severity_or_category_is_refused_with_the_known_ones(file: Any) -> None:
    path = file(
        "words,from,how bad,kind\nA,a@a.example,dire,other\nB,b@b.example,HIGH,Feature Request\nC,c@c.example,,zoo\n"
    )
    fields = (
        "--map",
        "description=words",
        "--map",
        "email=from",
        "--map",
        "severity=How Bad",
        "--map",
        "category=kind",
    )
    said = run(path, *fields)
    assert "line 2: severity: 'dire' is no severity. Use one of: critical, high" in said
    assert "line 4: category: No category 'zoo'" in said
    ticket = Ticket.objects.get()
    assert (ticket.severity, ticket.category.code) == ("high", "feature_request")


def test_refused_rows_are_mended_in_their_file_and_imported_from_it(file: Any, tmp_path: Path) -> None:
    path, refused = file("title,words,from\nA,,a@a.example\nB,good,b@b.example\nC,\n"), tmp_path / "refused.csv"
    assert f"Refused rows are in {refused}" in run(path, *FREE, "--refused", refused)
    lines = refused.read_text().splitlines()
    assert lines[0] == "refused_line,refused_because,title,words,from"
    assert lines[1].startswith("2,") and lines[1].endswith("A,,a@a.example") and lines[2].endswith("C,")
    refused.write_text("\n".join([lines[0], lines[1].replace("A,,", "A,mended,")]))
    with pytest.raises(CommandError, match="half mended"):
        run(path, *FREE, "--refused", refused)
    assert "1 tickets opened" in run(refused, *FREE)
    assert set(Ticket.objects.values_list("subject", flat=True)) == {"A", "B"}


def test_a_list_of_refused_rows_refused_again_keeps_its_form(file: Any, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    run(file("title,words,from\nA,,a@a.example\n"), *FREE, "--refused", once)
    run(once, *FREE, "--refused", twice)
    assert twice.read_text() == once.read_text()


def test_a_mended_row_is_the_same_row_whatever_the_list_of_refusals_added(file: Any, tmp_path: Path) -> None:
    refused = tmp_path / "refused.csv"
    path = file(MULTILANG.replace("id,", "number,") + "1,de,low,IT Support,Request,Hallo,Hilfe,,,,v3\n")
    words = ("--map", "description=body", "--map", "language=language")
    run(path, *words, "--refused", refused)
    assert "1 tickets opened" in run(path, *words, "--fallback-language", "en")
    assert "1 rows were here already" in run(refused, *words, "--fallback-language", "en")


@pytest.mark.parametrize(
    ("header", "arguments", "refusal"),
    [
        ("a,b", (), "No mapping knows these columns: a, b. .*--map description=COLUMN"),
        ("a,b", ("--map", "description=c"), "has no column c. It has: a, b"),
        ("a,b", ("--map", "colour=a"), "is not FIELD=COLUMN. Fields: source, subject"),
        ("a,b", ("--mapping", "nope"), "No mapping 'nope'. Known: banking77, cfpb"),
        ("a,b", ("--mapping", "cfpb"), "has no column company, complaint_id"),
        ("a,a", ("--map", "description=a"), "Two columns of rows.csv are called 'a'"),
        ("", ("--map", "description=a"), "has no header line"),
        ("a,b", ("--encoding", "klingon"), "There is no encoding 'klingon'"),
        ("a,b", ("--map", "description=a", "--refused", "/nowhere/at/all.csv"), "There is no folder"),
    ],
)
def test_a_file_or_option_that_cannot_work_is_refused_before_any_row(
    file: Any, header: str, arguments: tuple[str, ...], refusal: str
) -> None:
    with pytest.raises(CommandError, match=refusal):
        run(file(f"{header}\nx,y\n" if header else ""), *arguments)
    assert not Ticket.objects.exists()


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="none.csv cannot be read: No such file"):
        run(tmp_path / "none.csv")


def test_a_mapping_of_ones_own_is_a_toml_file(file: Any) -> None:
    own = file('description = "{q}"\nlanguage = "es"\nperson = "tienda-{shop}"\nsource = "shop:{n}"\n', "own.toml")
    run(file("n,q,shop\n1,¿Dónde está?,Norte\n"), "--mapping", own)
    ticket = Ticket.objects.get(source="shop:1")
    assert (ticket.language, ticket.customer.email) == ("es", "tienda-norte@example.com")


def test_known_customers_are_found_by_address_whatever_the_case(cast: Any, file: Any) -> None:
    run(file("title,words,from\nA,Oi,ANA@example.com\nB,Oi,ana@Example.com\n"), *FREE)
    assert [ticket.customer for ticket in Ticket.objects.all()] == [cast.ana, cast.ana]
    assert Ticket.objects.first().language == "pt"  # the customer's own, since the file names none


def test_each_ticket_is_greeted_unless_told_otherwise(file: Any) -> None:
    path = file("text,intent\nOne,card_arrival\nTwo,card_arrival\n")
    run(path, "--limit", 1)
    assert Message.objects.filter(purpose="initial_response").count() == 1
    run(path, "--offset", 1, "--no-greeting")
    assert Ticket.objects.count() == 2 and Message.objects.count() == 1


def test_rows_without_a_person_share_one_stated_customer_a_file(file: Any) -> None:
    run(file("words\nA\nB\n", "Old Desk.csv"), "--map", "description=words")
    assert [one.email for one in Customer.objects.all()] == ["import-old-desk@example.com"]
    assert Ticket.objects.count() == 2


def test_the_known_mappings_name_codes_the_desk_has() -> None:
    for shape in known_shapes():
        for name, codes in (("severity", {"critical", "high", "medium", "low"}), ("category", _categories())):
            recipe = shape.recipes.get(name)
            if recipe and recipe.choose:
                assert {code for _, code in recipe.choose} | {recipe.otherwise} <= codes, (shape.name, name)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.text(max_size=30), st.text(max_size=60)), max_size=12),
    separator=st.sampled_from([",", ";", "\t", "|"]),
)
def test_whatever_the_rows_hold_each_is_a_ticket_or_a_refusal_and_comes_in_once(
    tmp_path: Path, rows: list[tuple[str, str]], separator: str
) -> None:
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerows([("title", "words", "from"), *((a, b, "a@a.example") for a, b in rows)])
    before = Ticket.objects.count()
    shape = recognise(["x"], []) or _free_shape()
    outcomes = [outcome for batch in ImportRun(CsvFile(path), shape).batches() for _, outcome in batch]
    assert len(outcomes) == len(rows)
    opened = [outcome.ticket for outcome in outcomes if outcome.ticket]
    assert Ticket.objects.count() - before == len(opened)
    again = [outcome for batch in ImportRun(CsvFile(path), shape).batches() for _, outcome in batch]
    assert not any(outcome.ticket for outcome in again)
    assert sum(one.is_known for one in again) == sum(one.refusal is None for one in outcomes)


@pytest.mark.skipif("DESK_DATA" not in os.environ, reason="DESK_DATA names no folder with real data sets")
@pytest.mark.parametrize(
    ("name", "mapping"),
    [
        ("cfpb_complaints", "cfpb"),
        ("banking77_queries", "banking77"),
        ("support_tickets_multilang", "multilang"),
        ("reclame_aqui_complaints_pt", "reclame_aqui_pt"),
        ("fintech_complaints_pt", "fintech_pt"),
    ],
)
def test_real_files_are_recognised_and_come_in(name: str, mapping: str) -> None:
    path = Path(os.environ["DESK_DATA"]) / f"{name}.csv"
    said = run(path, "--limit", 60, "--fallback-language", "en")
    assert f"Mapping: {mapping}." in said and "60 tickets opened, 0 rows were here already, 0 refused" in said


def _categories() -> set[str]:
    from tickets.models import Category

    return set(Category.objects.values_list("code", flat=True))


def _free_shape() -> Any:
    from tickets.imports.shape import Recipe, Shape

    return Shape(
        "", {"subject": Recipe(("{title}",)), "description": Recipe(("{words}",)), "email": Recipe(("{from}",))}
    )
