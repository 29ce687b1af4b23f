"""Every figure of the handbook is held by a row that `load_guide` loaded, beside the key it belongs to.

`guide_figures.csv` lists the figures, `guide_extract.py` makes the list, RULES says which table must hold which of
them, `guide_exceptions.csv` names what is no data or belongs to a part that is not built yet. No guide.py is read.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.db import models

from financy_support.desk.people.user import SystemActor, User
from tests.guide_extract import Figure, extract_figures, read_figures, read_rows

HERE = Path(__file__).parent
HANDBOOK = HERE.parent / "../shared/handbook.md"
APPS = ("desk", "communications", "knowledge", "tickets", "incidents")


class At(str):
    """The value of another figure, by its path: a sibling names the row."""

    __slots__ = ()


class Rule(NamedTuple):
    """Figures at ``path`` are held by the row of ``model`` that ``where`` finds, in its field ``holds``.

    ``{words}`` in the path stand for one name or index each and may be used in ``where`` and ``holds``.
    """

    path: str
    model: str
    where: Mapping[str, str | int]
    holds: str


TIER = "SUPPORT_STRUCTURE.tiers[{n}]"
THIS_TIER = {"number": At(TIER + ".tier")}
MATRIX = "SUPPORT_STRUCTURE.escalation_matrix"
TARGETS = "SUPPORT_STRUCTURE.sla_targets"
CHANNEL = "SUPPORT_STRUCTURE.communication_channels[{n}]"
THIS_CHANNEL = {"code": At(CHANNEL + ".channel")}
PATH = "ESCALATION_MATRIX.escalation_paths[{n}]"
MANAGER = "CustomerCommunicationManager"
SYSTEMS = "SUPPORT_STRUCTURE.knowledge_management"
SHELF = "KNOWLEDGE_MANAGEMENT.knowledge_base.categories[{n}]"
THIS_SHELF = {"name": At(SHELF + ".name")}
THIS_PRACTICE = {"part": "{part}", "rule": "{rule}"}
PROCEDURE = "SUPPORT_PROCEDURES[{n}]"
STEP = PROCEDURE + ".troubleshooting_steps[{i}]"
THIS_PROCEDURE = {"runbook__issue_type": At(PROCEDURE + ".issue_type"), "state": "published"}
WRITTEN_DOWN = PROCEDURE + ".resolution_documentation"

RULES = [
    *(Rule(f"graph.{node}", "desk.SupportTier", {"number": n}, "__str__") for n, node in enumerate("BCDE", 1)),
    Rule(TIER + ".tier", "desk.SupportTier", {}, "number"),
    Rule(TIER + ".name", "desk.SupportTier", THIS_TIER, "name"),
    Rule(TIER + ".responsibilities[{i}]", "desk.SupportTier", THIS_TIER, "responsibilities[{i}]"),
    Rule(TIER + ".skills_required[{i}]", "desk.SupportTier", THIS_TIER, "skills_required[{i}]"),
    Rule(TIER + ".escalation_triggers[{i}]", "desk.SupportTier", THIS_TIER, "escalation_triggers[{i}]"),
    Rule(
        TIER + ".response_sla.{severity}",
        "tickets.SlaTarget",
        {"metric": "tier_response", "tier__number": At(TIER + ".tier"), "severity": "{severity}"},
        "target",
    ),
    Rule(
        MATRIX + ".automatic_escalation.time_based.tier_{low}_to_{high}",
        "tickets.EscalationPath",
        {"from_tier__number": "{low}", "to_tier__number": "{high}"},
        "time_in_tier",
    ),
    Rule(
        MATRIX + ".automatic_escalation.severity_based.{applies_to}",
        "tickets.SeverityRoute",
        {"applies_to": "{applies_to}"},
        "rule",
    ),
    Rule(MATRIX + ".manual_escalation.criteria[{i}]", "tickets.EscalationCriterion", {}, "text"),
    *(
        Rule(path, "tickets.SlaTarget", {"metric": metric, "severity": "{severity}"}, "target")
        for path, metric in (
            (TARGETS + ".response_time.{severity}", "first_response"),
            (TARGETS + ".resolution_time.{severity}", "resolution"),
            (MANAGER + ".calculateResponseTime.slaTargets.{severity}", "first_response"),
        )
    ),
    Rule(TARGETS + ".customer_satisfaction.{figure}", "tickets.SatisfactionTarget", {}, "{figure}"),
    Rule(CHANNEL + ".channel", "communications.Channel", {}, "code"),
    Rule(CHANNEL + ".availability", "communications.Channel", THIS_CHANNEL, "availability"),
    Rule(CHANNEL + ".response_time", "communications.Channel", THIS_CHANNEL, "promised_response"),
    Rule(CHANNEL + ".languages[{i}]", "communications.Channel", THIS_CHANNEL, "languages[{i}]"),
    Rule(PROCEDURE + ".issue_type", "tickets.IssueType", {}, "code"),
    *(
        Rule(path, "knowledge.RunbookRevision", THIS_PROCEDURE, holds)
        for path, holds in (
            (STEP + ".step", "steps[{i}].number"),
            (STEP + ".action", "steps[{i}].action"),
            (STEP + ".commands[{k}]", "steps[{i}].commands[{k}]"),
            (STEP + ".expected_outcome", "steps[{i}].expected_outcome"),
            (STEP + ".next_steps.{way}", "steps[{i}].{way}"),
            (PROCEDURE + ".escalation_criteria.automatic[{i}]", "criteria.automatic[{i}].text"),
            (PROCEDURE + ".escalation_criteria.manual[{i}]", "criteria.manual[{i}]"),
            (WRITTEN_DOWN + ".required_fields[{i}]", "documentation[{i}]"),
            (WRITTEN_DOWN + ".templates", "template"),
        )
    ),
    Rule(PATH + ".from", "tickets.EscalationPath", {"to_tier__slug": At(PATH + ".to")}, "from_tier.slug"),
    Rule(PATH + ".to", "tickets.EscalationPath", {"from_tier__slug": At(PATH + ".from")}, "to_tier.slug"),
    Rule("ESCALATION_MATRIX.response_expectations[{n}].escalation_target", "desk.SupportTier", {}, "slug"),
    Rule(SYSTEMS + ".{purpose}", "knowledge.KnowledgeSystem", {"purpose": "{purpose}"}, "name"),
    Rule(SHELF + ".name", "knowledge.Category", {}, "name"),
    Rule(
        SHELF + ".articles[{i}]",
        "knowledge.Translation",
        {"language": "en", "article__category__name": At(SHELF + ".name"), "current__state": "published"},
        "title",
    ),
    Rule(SHELF + ".target_audience", "knowledge.Category", THIS_SHELF, "audience"),
    Rule(SHELF + ".maintenance_frequency", "knowledge.Category", THIS_SHELF, "rhythm"),
    Rule("KNOWLEDGE_MANAGEMENT.search_optimization.seo_keywords[{i}]", "knowledge.SeoKeyword", {}, "phrase"),
    *(
        Rule(
            f"KNOWLEDGE_MANAGEMENT.{of}.{{part}}.{{rule}}",
            "knowledge.Practice",
            {"part": "{part}", "rule": "{rule}"},
            "says",
        )
        for of in ("content_management", "user_feedback")
    ),
    Rule(MANAGER + ".{method}.template.getTemplate(0)", "communications.MessageTemplate", {}, "purpose"),
]

# What a rule of 'severity_based' means: the row must lead there, not only say so.
ROUTES = {
    "immediate_to_tier_3": {"tier__number": 3, "team__is_default": True},
    "immediate_to_tier_2": {"tier__number": 2, "team__is_default": True},
    "immediate_to_security_team": {"team__is_security": True},
}

FIGURES = {figure.path: figure for figure in read_figures(HERE / "guide_figures.csv")}


class Exempt(NamedTuple):
    """A line of guide_exceptions.csv; ``*`` in the path stands for any run; part 'none' is no data for good."""

    heading: str
    path: str
    part: str
    reason: str

    def figures(self) -> list[Figure]:
        """Return the figures that this line exempts."""
        pattern = re.compile(".*".join(map(re.escape, self.path.split("*"))))
        return [f for f in FIGURES.values() if f.heading == self.heading and pattern.fullmatch(f.path)]


EXEMPT = [Exempt(**row) for row in read_rows(HERE / "guide_exceptions.csv")]


@pytest.mark.django_db
def test_every_figure_of_the_handbook_is_held_by_a_row() -> None:
    exempt = {figure for line in EXEMPT for figure in line.figures()}
    missing = [f for f in FIGURES.values() if f not in exempt and not is_held(f)]
    assert not missing, "no fitting row holds these; load them, or add a rule or an exception:\n" + listed(missing)


@pytest.mark.django_db
def test_a_figure_written_differently_is_held_by_no_row() -> None:
    claimed = [figure for figure in FIGURES.values() if rule_of(figure)]
    others = [f._replace(value="99" if f.kind == "number" else f"99 hours after {f.value}") for f in claimed]
    assert not [figure for figure in others if is_held(figure)]


@pytest.mark.django_db
def test_a_promise_that_stands_only_beside_another_key_is_missed(act: Any) -> None:
    figure = FIGURES["SUPPORT_STRUCTURE.tiers[0].response_sla.critical"]
    assert is_held(figure)
    with act(User.objects.get(pk=SystemActor.GUIDE)):
        place = {"metric": "tier_response", "tier": 1, "severity": "critical"}
        assert rows("tickets.SlaTarget", place).update(target=timedelta(minutes=16)) == 1
    assert rows("tickets.SlaTarget", {"target": timedelta(minutes=15)}).exists()
    assert not is_held(figure)


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "leads_to"), ROUTES.items())
def test_a_severity_route_leads_where_its_rule_says(rule: str, leads_to: dict[str, object]) -> None:
    routes = rows("tickets.SeverityRoute", {"rule": rule})
    assert routes.exists()
    assert not routes.exclude(**leads_to).exists()
    assert not routes.exclude(team__tier=models.F("tier")).exists()


def test_every_rule_of_severity_based_escalation_has_its_meaning_written_down() -> None:
    written = {f.value for f in FIGURES.values() if ".severity_based." in f.path}
    assert written == set(ROUTES)


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", [f.value for f in FIGURES.values() if f.path.endswith(".getTemplate(0)")])
def test_a_customer_message_has_words_for_every_severity_and_language(purpose: str) -> None:
    held = set(rows("communications.MessageTemplate", {"purpose": purpose}).values_list("severity", "language"))
    wanted = {(severity, code) for severity in ("critical", "high", "medium", "low") for code in ("en", "pt", "es")}
    assert wanted <= held


@pytest.mark.django_db
@pytest.mark.parametrize("figure", [f for f in FIGURES.values() if f.path.endswith("_documentation.templates")])
def test_a_resolution_has_words_in_every_language_with_each_field_of_its_procedure(figure: Figure) -> None:
    beside = figure.path.removesuffix("templates") + "required_fields["
    fields = [f.value for path, f in FIGURES.items() if path.startswith(beside)]
    texts = dict(rows("communications.MessageTemplate", {"purpose": figure.value}).values_list("language", "body"))
    assert len(fields) == 5 and set(texts) == {"en", "pt", "es"}
    assert not [(code, name) for code, text in texts.items() for name in fields if f"{{{name}}}" not in text]


@pytest.mark.skipif(not HANDBOOK.exists(), reason="the handbook does not stand beside this checkout")
def test_the_list_of_figures_is_what_the_handbook_says() -> None:
    written = extract_figures(HANDBOOK.read_text(encoding="utf-8"))
    again = "run python -m tests.guide_extract HANDBOOK.md > tests/guide_figures.csv"
    assert list(FIGURES.values()) == written, again


@pytest.mark.parametrize("line", EXEMPT, ids=lambda line: line.path)
def test_an_exception_exempts_something_that_no_rule_claims(line: Exempt) -> None:
    assert line.reason
    assert line.figures(), "exempts nothing: drop it"
    claimed = [figure for figure in line.figures() if rule_of(figure)]
    assert not claimed, "a rule says where these are held; narrow or drop the exception:\n" + listed(claimed)


@pytest.mark.django_db
@pytest.mark.parametrize("line", [line for line in EXEMPT if line.part != "none"], ids=lambda line: line.path)
def test_an_exception_ends_when_its_words_are_loaded(line: Exempt) -> None:
    words = [figure for figure in line.figures() if is_prose(figure)]
    texts = set(all_texts())
    assert not words or any(figure.value not in texts for figure in words), "all loaded: drop it, add rules"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.path)
def test_a_rule_claims_something(rule: Rule) -> None:
    assert any(pattern(rule.path).fullmatch(path) for path in FIGURES)


# ------------------------------------------------------------------------------------------------ helpers


def is_held(figure: Figure) -> bool:
    """Tell whether the row that a rule names holds the figure; one that no rule claims is held nowhere."""
    found = rule_of(figure)
    if found is None:
        return False
    rule, names = found
    where = {lookup: fill(value, names) for lookup, value in rule.where.items()}
    return any(same(read(row, rule.holds.format(**names)), figure) for row in rows(rule.model, where))


def rule_of(figure: Figure) -> tuple[Rule, dict[str, str]] | None:
    """Return the rule that claims a figure, with what its ``{words}`` stand for."""
    for rule in RULES:
        if match := pattern(rule.path).fullmatch(figure.path):
            return rule, match.groupdict()
    return None


@cache
def pattern(path: str) -> re.Pattern[str]:
    """Return a rule's path as a regular expression with a named group a ``{word}``."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\w+?)", re.escape(path)))


def fill(value: str | int, names: Mapping[str, str]) -> str | int:
    """Return what a lookup compares with: a word with its names filled in, or another figure's value."""
    if isinstance(value, int):
        return value
    filled = value.format(**names)
    return FIGURES[filled].value if isinstance(value, At) else filled


def rows(model: str, where: Mapping[str, Any]) -> models.QuerySet[Any]:
    """Return the rows of a model, which is named so that a table not built yet is a failure, not an import error."""
    found: models.QuerySet[Any] = apps.get_model(model)._default_manager.filter(**where)
    return found


def read(row: models.Model, holds: str) -> Any:
    """Follow ``field``, ``field[2]``, ``relation.field`` or ``json.name`` from a row; None where it is not there."""
    value: Any = row
    for step in re.findall(r"\w+", holds):
        if step.isdigit() and int(step) >= len(value):
            return None
        if isinstance(value, dict):
            value = value.get(step)
        else:
            value = value[int(step)] if step.isdigit() else getattr(value, step)
    return value() if callable(value) else value


UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "week": timedelta(weeks=1)}


def duration(text: str) -> timedelta | None:
    """Return the handbook's '4 hours', '1 week' (7 days) or 'immediate' (at once) as a span."""
    if text == "immediate":
        return timedelta()
    match = re.fullmatch(r"(\d+) (minute|hour|week)s?", text)
    return int(match[1]) * UNITS[match[2]] if match else None


def same(held: object, figure: Figure) -> bool:
    """Tell whether a stored value is the figure: a span, a number or the very words."""
    if isinstance(held, timedelta):
        return held == duration(figure.value)
    if isinstance(held, int | Decimal):
        return figure.kind == "number" and held == Decimal(figure.value)
    return held == figure.value


def is_prose(figure: Figure) -> bool:
    """Tell whether a figure is words that mean the same wherever they stand: no code, no number, no span."""
    return figure.kind == "string" and " " in figure.value and duration(figure.value) is None


def all_texts() -> Iterator[str]:
    """Yield every text of every row of the desk's apps, and each line of a longer one; history is left out."""
    for model in apps.get_models():
        columns = [f.attname for f in model._meta.concrete_fields if isinstance(f, TEXTUAL)]
        if model._meta.app_label in APPS and columns and not hasattr(model, "history_object"):
            for row in model._default_manager.values_list(*columns):
                yield from texts_in(list(row))


TEXTUAL = (models.CharField, models.TextField, models.JSONField)


def texts_in(value: object) -> Iterator[str]:
    """Yield the texts inside a column's value, however deep a list or mapping holds them."""
    if isinstance(value, str):
        yield value
        yield from (line.strip() for line in value.splitlines())
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, dict):
        yield from texts_in([*value, *value.values()])


def listed(figures: list[Figure]) -> str:
    """Return figures one a line for a failure's message."""
    return "\n".join(f"  {figure.path} = {figure.value!r}  ({figure.heading})" for figure in figures)
