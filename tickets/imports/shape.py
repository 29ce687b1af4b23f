"""Shape: how the columns of one kind of file become tickets; known shapes are the TOML files beside this one."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from financy_support.desk.errors import Invalid

SHAPES = Path(__file__).parent / "shapes"
FIELDS = (
    "source", "subject", "description", "language", "severity", "category", "channel", "email", "person", "name",
)  # fmt: skip
PLACE = re.compile(r"\{([^{}|:]+)(?:\|([^{}]*)|:(words))?\}")
STAND_IN = "stand_in"


@dataclass(frozen=True)
class Recipe:
    """How one field is made: the first template all of whose columns hold something; then a code by its words.

    ``{column}`` is a column, ``{column|else}`` one that may be empty, ``{column:words}`` a code read as words.
    ``choose`` pairs a fragment with a code: the first fragment found (whatever the case) wins, else ``otherwise``.
    """

    templates: tuple[str, ...]
    choose: tuple[tuple[str, str], ...] = ()
    otherwise: str = ""

    def make(self, values: Mapping[str, str]) -> str:
        """The field's value for one row; empty when no template can be filled."""
        text = next((made for template in self.templates if (made := _fill(template, values))), "")
        if not self.choose:
            return text
        folded = text.casefold()
        return next((code for fragment, code in self.choose if fragment.casefold() in folded), self.otherwise)

    @property
    def columns(self) -> set[str]:
        return {match[1] for template in self.templates for match in PLACE.finditer(template)}


@dataclass(frozen=True)
class Shape:
    """A mapping by name: the columns that give it away, a recipe a field, and who stands in for unnamed people."""

    name: str
    recipes: Mapping[str, Recipe]
    recognised_by: frozenset[str] = frozenset()
    people: str = ""
    stand_ins: int = 0
    columns: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        used = {column for recipe in self.recipes.values() for column in recipe.columns} - {STAND_IN}
        object.__setattr__(self, "columns", frozenset(used))

    def make(self, values: Mapping[str, str]) -> dict[str, str]:
        """Every field of one row."""
        if self.stand_ins:
            words = "\n".join(values.values())
            values = {**values, STAND_IN: str(zlib.crc32(words.encode()) % self.stand_ins + 1)}
        return {name: recipe.make(values).strip() for name, recipe in self.recipes.items()}

    def with_recipes(self, recipes: Mapping[str, Recipe]) -> Shape:
        """The same shape with some fields made otherwise."""
        return replace(self, recipes={**self.recipes, **recipes}) if recipes else self


def known_shapes() -> list[Shape]:
    """The shapes that ship."""
    return [read_shape(file) for file in sorted(SHAPES.glob("*.toml"))]


def read_shape(file: Path) -> Shape:
    """A shape from a TOML file. Raises Invalid naming the file and what it says wrong."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid(f"{file} is no mapping: {error}.", field="mapping") from error
    recognised_by = frozenset(table.pop("recognised_by", ()))
    people, stand_ins = table.pop("people", ""), table.pop("stand_ins", 0)
    unknown = sorted(set(table) - set(FIELDS))
    if unknown:
        raise Invalid(f"{file.name} names {unknown[0]!r}; fields are {', '.join(FIELDS)}.", field="mapping")
    recipes = {name: _recipe(told) for name, told in table.items()}
    return Shape(file.stem, recipes, recognised_by, people, stand_ins)


def recognise(columns: Iterable[str], shapes: Sequence[Shape]) -> Shape | None:
    """The shape that the header gives away; of several the one that names most columns."""
    here = set(columns)
    fitting = [shape for shape in shapes if shape.recognised_by and shape.recognised_by <= here]
    return max(fitting, key=lambda shape: len(shape.recognised_by), default=None)


def _recipe(told: Any) -> Recipe:
    if isinstance(told, dict):
        return Recipe((told["by"],), tuple((part, code) for part, code in told["choose"]), told.get("otherwise", ""))
    return Recipe((told,) if isinstance(told, str) else tuple(told))


def _fill(template: str, values: Mapping[str, str]) -> str:
    """The filled template; empty when a column that must hold something does not."""
    if any(match[2] is None and not values[match[1]].strip() for match in PLACE.finditer(template)):
        return ""
    return PLACE.sub(lambda match: _said(match, values), template)


def _said(match: re.Match[str], values: Mapping[str, str]) -> str:
    value = values[match[1]].strip()
    return value.replace("_", " ").strip("?").capitalize() if match[3] else value or match[2] or ""
