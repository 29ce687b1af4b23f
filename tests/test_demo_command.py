"""load_demo at its door: passwords, production, and stories that cannot be told."""

from __future__ import annotations

import csv
import os
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from financy_support.demo.story import STORIES, read_stories
from financy_support.desk.models import Customer, User


def load() -> str:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_without_a_password_one_is_made_up_and_printed_in_a_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_DEMO_PASSWORD", raising=False)
    began = time.process_time()
    printed = load().split("Password of every demo log-in that is new: ")[1].strip()
    assert User.objects.get(email="ana@example.com").check_password(printed)
    assert time.process_time() - began < 15


@pytest.mark.django_db
def test_a_weak_password_is_refused_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_DEMO_PASSWORD", "short")
    with pytest.raises(CommandError, match="DESK_DEMO_PASSWORD is refused.*12"):
        load()
    assert not Customer.objects.exists()


@pytest.mark.django_db
@override_settings(PRODUCTION=True)
def test_production_is_refused() -> None:
    with pytest.raises(CommandError, match="production"):
        load()
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ('asked = "soon"', "no span"),
        ('asked = "1h"\nthen = [{ after = "2h", by = "tier1", close = true }]', "out of order or in the future"),
        (
            'asked = "5h"\nthen = [{ after = "2h", by = "x", close = true }, { after = "1h", by = "x", close = true }]',
            "order",
        ),
    ],
)
def test_a_story_that_cannot_have_happened_is_refused_by_name(tmp_path: Path, told: str, refusal: str) -> None:
    (tmp_path / "odd.toml").write_text(f'[[ticket]]\nkey = "odd-one"\ncustomer = "ben"\n{told}\n')
    with pytest.raises(ValueError, match=f"odd.toml, odd-one: .*{refusal}"):
        read_stories(tmp_path)


@pytest.mark.skipif("DESK_DATA" not in os.environ, reason="DESK_DATA names no folder with the original data sets")
def test_the_words_of_others_are_verbatim(tmp_path: Path) -> None:
    folder = Path(os.environ["DESK_DATA"])
    queries = {" ".join(row["text"].split()) for row in _rows(folder / "banking77_queries.csv")}
    narratives = {" ".join(row["narrative"].split()) for row in _rows(folder / "cfpb_complaints.csv")}
    for file, known in (("banking77.toml", queries), ("cfpb.toml", narratives)):
        (tmp_path / file).write_text((STORIES / file).read_text(encoding="utf-8"), encoding="utf-8")
        words = {" ".join(story.values["description"].split()) for story in read_stories(tmp_path)}
        assert words and words <= known
        (tmp_path / file).unlink()


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
