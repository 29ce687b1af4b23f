"""The extractor reads TypeScript and flow charts as they are written, and refuses what it cannot read."""

import io
from pathlib import Path

import pytest

from tests.guide_extract import Figure, GuideError, extract_figures, read_figures, write_figures


def figures_of(source: str, language: str = "typescript") -> dict[str, str]:
    found = extract_figures(f"# Top\n## Prices\n```{language}\n{source}\n```\n")
    assert {figure.heading for figure in found} <= {"Prices"}
    return {figure.path: figure.value for figure in found}


def test_a_literal_is_named_by_the_keys_and_indexes_that_lead_to_it() -> None:
    source = "const A: B[] = [{ x: 1, y: ['a', { z: 'b', }], }, { x: -2.50 }];"
    assert figures_of(source) == {"A[0].x": "1", "A[0].y[0]": "a", "A[0].y[1].z": "b", "A[1].x": "-2.50"}


def test_a_quoted_key_stands_in_the_path() -> None:
    assert figures_of("const a = { 'low': '24 hours', \"high\": 'a:b' };") == {"a.low": "24 hours", "a.high": "a:b"}


def test_escapes_comments_and_addresses_do_not_end_a_string() -> None:
    source = r"const a = ['it\'s', 'https://a.b/c', /* 'no' */ 'é']; // 'neither'"
    assert list(figures_of(source).values()) == ["it's", "https://a.b/c", "é"]


def test_a_template_gives_one_figure_a_line() -> None:
    source = "const a = { b: `\n  Subject: [X]\n\n  Dear {you},\n`, c: `one ${f(`two`, {d: '`'})} line` };"
    assert figures_of(source) == {
        "a.b.line[0]": "Subject: [X]",
        "a.b.line[1]": "Dear {you},",
        "a.c": "one ${f(`two`, {d: '`'})} line",
    }


def test_literals_in_a_class_are_named_by_method_variable_and_call() -> None:
    source = """
      class Desk {
        private word: Word<string>;
        async open(ticket: Ticket, by: any): Promise<Ticket> {
          const first = this.find('queue', [3], { state: 'new' });
          if (ticket.kind === 'bug' || ticket.kind === 'outage') { this.page('now'); }
          text = text.replace(/\\/"{name}/g, 'x') / 2;
          names.forEach(name => { const twice = name + '!'; });
          return table[ticket.kind] || 'later';
        }
      }"""
    assert figures_of(source) == {
        "Desk.open.first.find(0)": "queue",
        "Desk.open.first.find(1)[0]": "3",
        "Desk.open.first.find(2).state": "new",
        "Desk.open.if": "bug",
        "Desk.open.if#2": "outage",
        "Desk.open.page(0)": "now",
        "Desk.open.text.replace(0)": '/\\/"{name}/g',
        "Desk.open.text.replace(1)": "x",
        "Desk.open.text": "2",
        "Desk.open.forEach(0).twice": "!",
        "Desk.open.return": "later",
    }


def test_types_name_their_literals_and_add_nothing_else() -> None:
    source = "type Size = 's' | 'l';\ninterface Tier {\n level: 'one';\n name: string;\n}\nenum E { A = 1, B = 2 }"
    assert figures_of(source) == {"Size": "s", "Size#2": "l", "Tier.level": "one", "E.A": "1", "E.B": "2"}


def test_a_flow_chart_gives_its_labels() -> None:
    source = 'graph TB\n  A[Customer] -->|asks| B("Tier 1: Support")\n  B --> C\n  %% a remark'
    assert figures_of(source, "mermaid") == {"graph.A": "Customer", "graph.arrow": "asks", "graph.B": "Tier 1: Support"}


@pytest.mark.parametrize(
    ("source", "language", "reason"),
    [
        ("a: 1", "yaml", "line 4: no reader for a code block in 'yaml'"),
        ("const a = 'b;", "typescript", "line 4: cannot read"),
        ("\nconst a = `b;", "typescript", "line 5: the template literal is never closed"),
        ("const a = [1};", "typescript", "line 4: '}' closes nothing that is open"),
        ("const a = { b: 1;", "typescript", "line 4: the block ends inside an open object"),
        ("A ~~ B", "mermaid", "line 4: cannot read the flow chart's 'A ~~ B'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(source: str, language: str, reason: str) -> None:
    with pytest.raises(GuideError, match=reason):
        extract_figures(f"# Top\n## Prices\n```{language}\n{source}\n```\n")


def test_a_block_that_never_ends_is_refused() -> None:
    with pytest.raises(GuideError, match="line 2: the code block is never closed"):
        extract_figures("```typescript\nconst a = 1;\n")


def test_a_written_list_reads_back_as_it_was(tmp_path: Path) -> None:
    figures = [Figure("A, b", 'c["d"]', "string", 'Dear "you",'), Figure("A", "e", "number", "4.0")]
    out = io.StringIO()
    write_figures(figures, out)
    path = tmp_path / "figures.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    assert read_figures(path) == figures
