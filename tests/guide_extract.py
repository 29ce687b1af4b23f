"""Reads the handbook's code blocks and lists every string and number literal with the path that leads to it.

Run as ``python -m tests.guide_extract HANDBOOK.md > tests/guide_figures.csv``. Nothing of the desk is imported, so
the list is the handbook's own word; `test_guide.py` holds the loaded rows against it.

A path is written as one would reach the value: ``SUPPORT_STRUCTURE.tiers[0].response_sla.critical``. Inside classes it
names class, method, variable and call: ``CustomerCommunicationManager.sendInitialResponse.template.getTemplate(0)``.
A path met again under the same heading gets ``#2``, ``#3``. A template literal gives one figure a line that holds words
(``….content.line[1]``); a quoted object key stands in the path, since it names a value and is none. Regular expressions
are listed too, as kind ``regex``. What cannot be read is refused with its line, never skipped.
"""

import argparse
import csv
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO


class Figure(NamedTuple):
    """One literal of the handbook: the heading it stands under, its path, its kind and its text as written."""

    heading: str
    path: str
    kind: str
    value: str


class GuideError(ValueError):
    """The handbook holds something the extractor cannot read; the message names line and reason."""


def extract_figures(handbook: str) -> list[Figure]:
    """Return all figures of the handbook's code blocks, in the order of reading.

    Raises GuideError for a block in an unknown language or with a literal that does not end.
    """
    figures: list[Figure] = []
    seen: Counter[tuple[str, str]] = Counter()
    for block in code_blocks(handbook):
        reader = READERS.get(block.language)
        if reader is None:
            raise GuideError(f"line {block.line}: no reader for a code block in {block.language!r}; add one to READERS")
        for path, kind, value in reader(block):
            seen[block.heading, path] += 1
            again = seen[block.heading, path]
            figures.append(Figure(block.heading, f"{path}#{again}" if again > 1 else path, kind, value))
    return figures


def write_figures(figures: Iterable[Figure], out: TextIO) -> None:
    """Write figures as CSV with a header line and plain line ends, so that two lists compare line by line."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(Figure._fields)
    writer.writerows(figures)


def read_figures(path: Path) -> list[Figure]:
    """Read back what `write_figures` wrote."""
    return [Figure(**row) for row in read_rows(path)]


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the lines of a CSV file, each by the names of the header."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


# ------------------------------------------------------------------------------------------------ code blocks


class Block(NamedTuple):
    """One fenced code block; `line` is the handbook's line of its first line of code."""

    heading: str
    language: str
    line: int
    source: str


def code_blocks(handbook: str) -> Iterator[Block]:
    """Yield the fenced blocks with the nearest heading above each."""
    heading, language, start = "", None, 0
    source: list[str] = []
    for number, line in enumerate(handbook.splitlines(), 1):
        if line.startswith("```"):
            if language is None:
                language, start, source = line[3:].strip(), number + 1, []
            else:
                yield Block(heading, language, start, "\n".join(source))
                language = None
        elif language is not None:
            source.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("#").strip()
    if language is not None:
        raise GuideError(f"line {start}: the code block is never closed")


# ------------------------------------------------------------------------------------------------ typescript: tokens


class Token(NamedTuple):
    """A piece of TypeScript: kind is string, template, regex, number, word or mark."""

    kind: str
    text: str
    line: int


QUOTED = re.compile(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\"""")
PLAIN = re.compile(
    rf"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/)
    | (?P<string>{QUOTED.pattern})
    | (?P<number>0[xXbBoO][\da-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)
    | (?P<word>[A-Za-z_$][\w$]*)
    | (?P<mark>=>|\.\.\.|[=!]==?|[<>]=|&&|\|\||\?\?|[-+*/%<>=!&|?:;,.(){{}}\[\]@^~])
    """,
    re.VERBOSE | re.DOTALL,
)
REGEX = re.compile(r"/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\n": ""}


def tokens(block: Block) -> Iterator[Token]:
    """Yield the tokens of a TypeScript block; comments and space are left out."""
    source, at = block.source, 0
    last = Token("mark", ";", block.line)
    while at < len(source):
        line = block.line + source.count("\n", 0, at)
        if source[at] == "`":
            end = template_end(source, at, line)
            token = Token("template", source[at + 1 : end - 1], line)
        elif source[at] == "/" and starts_value(last) and (match := REGEX.match(source, at)):
            end, token = match.end(), Token("regex", match[0], line)
        elif match := PLAIN.match(source, at):
            end, token = match.end(), Token(str(match.lastgroup), match[0], line)
        else:
            raise GuideError(f"line {line}: cannot read {source[at : at + 20]!r}")
        at = end
        if token.kind != "space":
            yield token
            last = token


def template_end(source: str, start: int, line: int) -> int:
    """Return the index after a template literal's closing backtick; ``${…}`` may hold templates of its own."""
    at, depth = start + 1, 0
    while at < len(source):
        if source[at] == "\\":
            at += 1
        elif source[at] == "`":
            if depth == 0:
                return at + 1
            at = template_end(source, at, line) - 1
        elif source.startswith("${", at):
            depth, at = depth + 1, at + 1
        elif depth and source[at] in "{}":
            depth += 1 if source[at] == "{" else -1
        elif depth and (quoted := QUOTED.match(source, at)):
            at = quoted.end() - 1
        at += 1
    raise GuideError(f"line {line}: the template literal is never closed")


def starts_value(last: Token) -> bool:
    """Tell whether a value, not an operator, may follow: decides between a division and a regular expression."""
    return last.text in ("return", "typeof", "case") or (last.kind == "mark" and last.text not in (")", "]", "}"))


# ------------------------------------------------------------------------------------------------ typescript: paths


@dataclass
class Frame:
    """One open bracket. `kind`: block, class, object, array, call or group; `key`: what the next value belongs to."""

    kind: str
    key: str = ""
    index: int = 0
    at_key: bool = True

    def segment(self) -> str:
        """Return what this bracket adds to a path."""
        if self.kind == "array":
            return f"[{self.index}]"
        if self.kind == "call":
            return f".{self.key}({self.index})"
        return f".{self.key}" if self.key else ""


OBJECT_AFTER = {"=", "(", "[", ",", ":", "?", "&&", "||", "??", "return"}
DECLARES = {"const", "let", "var", "function"}
LEAVES = {"return", "throw", "case"}
KEYWORDS = {"if", "for", "while", "switch", "catch"}
CLOSES = {"}": ("block", "class", "object"), "]": ("array",), ")": ("call", "group")}


def typescript_figures(block: Block) -> Iterator[tuple[str, str, str]]:
    """Yield (path, kind, value) of each literal in a block of TypeScript."""
    frames = [Frame("block")]
    class_name = ""
    stream = list(tokens(block))
    for number, token in enumerate(stream):
        last, following = (stream[at] if 0 <= at < len(stream) else Token("", "", 0) for at in (number - 1, number + 1))
        here = frames[-1]
        if token.kind == "word":
            if last.text in ("class", "interface", "enum") and here.kind == "block":
                class_name = token.text
            elif last.text in DECLARES or (token.text in LEAVES and here.kind == "block"):
                here.key = token.text
            elif here.kind == "object" and here.at_key:
                here.key, here.at_key = token.text, False
        elif token.kind == "mark":
            class_name = follow_mark(frames, token, last, class_name)
        elif token.kind == "string" and here.kind == "object" and here.at_key and following.text == ":":
            here.key, here.at_key = unquote(token.text), False
        else:
            sign = "-" if token.kind == "number" and last.text == "-" and starts_value(stream[number - 2]) else ""
            path = "".join(frame.segment() for frame in frames).removeprefix(".")
            yield from literal(path, token, sign)
    if len(frames) > 1:
        raise GuideError(f"line {block.line}: the block ends inside an open {frames[-1].kind}")


def follow_mark(frames: list[Frame], token: Token, last: Token, class_name: str) -> str:
    """Open or close a bracket, or move on to the next key; return the class name that still waits for its brace."""
    here, mark = frames[-1], token.text
    if mark == "{" and class_name:
        here.key = class_name
        frames.append(Frame("class"))
        return ""
    if mark == "{":
        frames.append(Frame("object" if last.text in OBJECT_AFTER else "block"))
    elif mark == "[":
        frames.append(Frame("array"))
    elif mark == "(":
        open_parenthesis(frames, last)
    elif mark in CLOSES:
        if here.kind not in CLOSES[mark] or len(frames) == 1:
            raise GuideError(f"line {token.line}: {mark!r} closes nothing that is open")
        frames.pop()
        if here.kind in ("block", "class"):
            frames[-1].key = ""
    elif mark == ",":
        here.index += 1
        here.at_key = True
        if here.kind in ("block", "class"):
            here.key = ""
    elif mark == ";":
        here.key, here.at_key = "", True
    elif mark in (":", "=") and here.kind in ("block", "class") and last.kind == "word" and not here.key:
        here.key = last.text
    return class_name


def open_parenthesis(frames: list[Frame], last: Token) -> None:
    """Open a call's arguments, a method's parameters (which name the class's key) or a plain group."""
    here = frames[-1]
    if last.text in KEYWORDS:
        frames.append(Frame("group", key=last.text))
    elif last.kind != "word" or last.text == "return":
        frames.append(Frame("group"))
    elif here.kind == "class" and not here.key:
        here.key = last.text
        frames.append(Frame("group"))
    else:
        frames.append(Frame("call", key=last.text))


def literal(path: str, token: Token, sign: str) -> Iterator[tuple[str, str, str]]:
    """Yield the figure or, for a template of several lines, the figures that one literal holds."""
    if token.kind == "template" and "\n" in token.text:
        written = (line.strip() for line in token.text.splitlines())
        for index, line in enumerate(line for line in written if line):
            yield f"{path}.line[{index}]", "string", line
    elif token.kind == "template":
        yield path, "string", token.text
    elif token.kind == "string":
        yield path, "string", unquote(token.text)
    else:
        yield path, token.kind, sign + token.text


def unquote(text: str) -> str:
    """Return what a quoted string says."""
    return re.sub(r"\\u([\da-fA-F]{4})|\\(.)", unescape, text[1:-1], flags=re.DOTALL)


def unescape(match: re.Match[str]) -> str:
    """Return the character that one escape stands for."""
    return chr(int(match[1], 16)) if match[1] else ESCAPES.get(match[2], match[2])


# ------------------------------------------------------------------------------------------------ mermaid

NODE = r"(\w+)(?:\[\[(.*?)\]\]|\[(.*?)\]|\(\((.*?)\)\)|\((.*?)\)|\{\{(.*?)\}\}|\{(.*?)\})?"
ARROW = r"\s*(?:-->|---|-\.->|==>)(?:\|(.*?)\|)?\s*"
STATEMENT = re.compile(rf"{NODE}(?:{ARROW}{NODE})*;?")
PIECE = re.compile(rf"{ARROW}|{NODE}")


def mermaid_figures(block: Block) -> Iterator[tuple[str, str, str]]:
    """Yield the words of a flow chart: a label a node (``graph.B``) or an arrow (``graph.arrow``)."""
    for number, line in enumerate(block.source.splitlines(), block.line):
        statement = line.strip()
        if not statement or statement.startswith("%%") or re.fullmatch(r"(graph|flowchart)\s+\w+;?", statement):
            continue
        if not STATEMENT.fullmatch(statement):
            raise GuideError(f"line {number}: cannot read the flow chart's {statement!r}")
        for piece in PIECE.finditer(statement):
            arrow, node, *labels = piece.groups()
            label = arrow or next((label for label in labels if label is not None), None)
            if label is not None:
                yield f"graph.{node or 'arrow'}", "string", label.strip().strip('"')


Reader = Callable[[Block], Iterator[tuple[str, str, str]]]
READERS: dict[str, Reader] = {
    "typescript": typescript_figures,
    "ts": typescript_figures,
    "javascript": typescript_figures,
    "mermaid": mermaid_figures,
}


def main() -> None:
    """Print the figures of the handbook named on the command line."""
    parser = argparse.ArgumentParser(description="List every figure of the handbook's code blocks as CSV.")
    parser.add_argument("handbook", type=Path)
    handbook = parser.parse_args().handbook.read_text(encoding="utf-8")
    write_figures(extract_figures(handbook), sys.stdout)


if __name__ == "__main__":
    main()
