"""import_articles: what another knowledge base exported becomes drafts, item by item, each with its outcome."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

from django.db import DataError, IntegrityError, transaction
from django.utils.text import slugify

from financy_support.desk.errors import DeskError, Invalid, NotAllowed, Problem
from financy_support.desk.people.user import User
from knowledge.guide import digest_of
from knowledge.imports.arrival import ARRIVING, Arrival, ArrivedText, Unreadable, told_apart
from knowledge.markdown import FILE
from knowledge.models import (
    Article,
    ArticleFile,
    Audience,
    Category,
    ImportedArticle,
    Redirect,
    Revision,
    RevisionState,
    Translation,
)
from knowledge.models.category import PUBLIC
from knowledge.revision_gates import require_writer
from knowledge.workflow.add_file import add_file
from knowledge.workflow.begin_revision import AT_WORK, begin_revision
from knowledge.workflow.edit_draft import DraftValues, edit_draft
from knowledge.workflow.write_article import write_article

CREATED, UPDATED, UNCHANGED, REFUSED = "created", "updated", "unchanged", "refused"
ARRIVING_LINK = re.compile(r"(?:\[([^\[\]\n]*)\]|\])\(<?" + ARRIVING + r"([\w.%~-]+)>?\)")
LONGEST_PATH = 500


@dataclass(frozen=True)
class Outcome:
    """What became of one item: the article's code, the languages that got a draft, what was left out, what is wrong."""

    external_id: str
    title: str
    outcome: str
    article: str = ""
    languages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Report:
    """One import; of a dry run what would have become of each item."""

    source: str
    dry_run: bool
    items: list[Outcome] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        kinds = [one.outcome for one in self.items]
        return {kind: kinds.count(kind) for kind in (CREATED, UPDATED, UNCHANGED, REFUSED)}

    def as_data(self) -> dict[str, Any]:
        """As programs read it."""
        items = [asdict(one) for one in self.items]
        return {"source": self.source, "dry_run": self.dry_run, "counts": self.counts, "items": items}


def import_articles(
    items: Sequence[Arrival | Unreadable],
    *,
    source: str,
    dry_run: bool = False,
    fallback: Category | None = None,
    by: User,
    at: datetime,
) -> Report:
    """Bring each item in as drafts of ``by``, which go the way of all drafts: nothing here is signed or published.

    An item that came before changes what changed there since, in a new draft; a hand's work here is never written
    over. One that is refused leaves nothing behind, and the others stay. A dry run does all of it and takes it back.
    Parameters: ``fallback`` is the category of what fits none. Raises NotAllowed.
    """
    require_writer(by)
    report = Report(source, dry_run)
    with transaction.atomic():
        codes = _codes(items, source)
        for item in items:
            if isinstance(item, Unreadable):
                problem = Problem("item", "unreadable", item.reason)
                report.items.append(Outcome(item.external_id, "", REFUSED, problems=(problem,)))
            else:
                bring = _Bringing(item, source, codes, fallback, by, at)
                report.items.append(_alone(item, bring))
        transaction.set_rollback(dry_run)
    return report


def _codes(items: Sequence[Arrival | Unreadable], source: str) -> dict[str, str]:
    """The code of every item's article, known before any comes in, so that they can link to each other."""
    arrivals = [one for one in items if isinstance(one, Arrival)]
    known = dict(
        ImportedArticle.objects.filter(
            source=source, external_id__in=[one.external_id for one in arrivals]
        ).values_list("external_id", "article__code")
    )
    taken = set(Article.objects.values_list("code", flat=True))
    for one in arrivals:
        if one.code and one.external_id not in known:
            known[one.external_id] = slugify(one.code)[:80]
    taken |= set(known.values())
    for one in arrivals:
        if one.external_id not in known:
            wanted = slugify(one.title)[:70] or slugify(one.external_id)[:70] or source
            free = next(code for number in range(1, len(taken) + 3) if (code := _numbered(wanted, number)) not in taken)
            known[one.external_id] = free
            taken.add(free)
    return known


def _numbered(wanted: str, number: int) -> str:
    return wanted if number == 1 else f"{wanted}-{number}"


def _alone(item: Arrival, bring: Callable[[], Outcome]) -> Outcome:
    """One item in its own savepoint; what is wrong with it is its own."""
    try:
        with transaction.atomic():
            return bring()
    except NotAllowed:
        raise
    except DeskError as refusal:
        problems = tuple(refusal.problems) or (Problem("item", refusal.code, refusal.detail),)
    except (IntegrityError, DataError, ValueError) as error:
        problems = (Problem("item", "unstorable", f"PostgreSQL cannot store it: {str(error)[:200]}."),)
    return Outcome(item.external_id[:200], item.title[:200], REFUSED, notes=item.notes, problems=problems)


class _Bringing:
    """One item on its way in."""

    def __init__(
        self, item: Arrival, source: str, codes: Mapping[str, str], fallback: Category | None, by: User, at: datetime
    ) -> None:
        self.item, self.source, self.codes, self.fallback, self.by, self.at = item, source, codes, fallback, by, at
        self.notes = list(item.notes)

    def __call__(self) -> Outcome:
        item = self.item
        if not item.texts:
            raise Invalid("It has no text in English, Portuguese or Spanish.", field="texts", code="no_language")
        row = ImportedArticle.objects.filter(source=self.source, external_id=item.external_id).first()
        article = row.article if row else Article.objects.filter(code=self.codes[item.external_id]).first()
        is_new = article is None
        texts = [self._linked(text) for text in item.texts]
        if article is None:
            draft = self._begin(texts[0])
            article = draft.translation.article
        elif self.item.audience and self.item.audience not in PUBLIC and article.read_by in PUBLIC:
            self.notes.append(
                "Only some have it there, and here it is for the public. Decide on the article's audience."
            )
        names = self._keep_files(article)
        texts = [replace(text, body=_renamed(text.body, names)) for text in texts]
        arrived = dict(row.arrived) if row else {}
        written = [text.language for text in texts if self._write(article, text, arrived)]
        paths = self._lead_here(article) if row is None or written else []
        if row is None and (is_new or written or paths):
            row = ImportedArticle(source=self.source, external_id=item.external_id, article=article)
        if row is not None and (row.arrived != arrived or row.pk is None):
            row.arrived, row.imported_at = arrived, self.at
            row.save()
        outcome = CREATED if is_new else UPDATED if written else UNCHANGED
        return Outcome(item.external_id, item.title, outcome, article.code, tuple(written), tuple(self.notes))

    def _begin(self, text: ArrivedText) -> Revision:
        """The article with its first draft, which :meth:`_write` fills once the files are kept."""
        if self.item.audience and self.item.audience not in Audience.values:
            raise Invalid(f"There is no audience {self.item.audience!r}.", field="audience", code="unknown")
        return write_article(
            category=self._category(),
            title=text.title,
            language=text.language,
            code=self.codes[self.item.external_id],
            audience=self.item.audience,
            tags=self.item.tags,
            by=self.by,
            at=self.at,
        )

    def _category(self) -> Category:
        """The first that bears a name of its place there, in any language; else the fallback."""
        named = {
            name.casefold(): one
            for one in Category.objects.all()
            for name in (one.slug, one.name, one.name_pt, one.name_es)
        }
        found = next((named[one.casefold()] for one in self.item.shelves if one.casefold() in named), self.fallback)
        if found is None:
            there = " › ".join(reversed(self.item.shelves)) or "no place"
            known = ", ".join(sorted({one.slug for one in named.values()}))
            said = f"It stood in “{there[:200]}”, which is no category here. Name one for what fits none: {known}."
            raise Invalid(said, field="category", code="unknown")
        return found

    def _linked(self, text: ArrivedText) -> ArrivedText:
        """Links to items that came along lead to their articles; others keep their words."""

        def lead(match: re.Match[str]) -> str:
            there = unquote(match[2])
            code = self.codes.get(there)
            if code is None:
                self.notes.append(f"A link to {there[:100]} keeps its words only: that could not be read.")
                return "]" if match[1] is None else match[1]  # around a picture the brackets stay, and lead nowhere
            return match[0].replace(ARRIVING + match[2], f"article:{code}")

        return replace(text, body=ARRIVING_LINK.sub(lead, text.body))

    def _keep_files(self, article: Article) -> dict[str, str]:
        """The names under which files are kept, by those that the words use."""
        names = {}
        known = dict(ArticleFile.objects.filter(article=article).values_list("name", "sha256"))
        for name, content in self.item.files.items():
            wanted = name if name not in known else _free_name(name, content, known[name])
            try:
                names[name] = add_file(article, name=wanted, content=content, by=self.by, at=self.at).name
            except Invalid as refusal:
                self.notes.append(f"Left out a file: {refusal.detail}")
        return names

    def _write(self, article: Article, text: ArrivedText, arrived: dict[str, list[str]]) -> bool:
        """Put the words into a draft, unless they are known; whether they were new."""
        words = {"title": text.title, "summary": text.summary, "keywords": text.keywords, "body": text.body}
        came = digest_of(**words)
        last_came, last_kept = arrived.get(text.language, ("", ""))
        if came == last_came:
            return False
        translation = Translation.objects.filter(article=article, language=text.language).first()
        mine = _revisions_of(translation)
        if any(came == one.digest for one in mine):
            return False
        at_work = next((one for one in mine if one.state in AT_WORK), None)
        is_untouched = at_work is not None and at_work.digest in (last_kept, _empty(text.title))
        if at_work is None or not (
            is_untouched and at_work.state == RevisionState.DRAFT and at_work.author_id == self.by.pk
        ):
            at_work = begin_revision(article, language=text.language, by=self.by, at=self.at)
        given: DraftValues = {"title": text.title, "body": text.body, "comment": f"Imported from {self.source}"}
        if text.summary:
            given["summary"] = text.summary
        if text.keywords:
            given["keywords"] = text.keywords
        kept = edit_draft(at_work, by=self.by, at=self.at, **given)
        kept.refresh_from_db(fields=["digest"])
        arrived[text.language] = [came, kept.digest]
        return True

    def _lead_here(self, article: Article) -> list[str]:
        """Old addresses lead to the article from now on; one that leads elsewhere already is left."""
        added = []
        for path, language in self.item.old_paths:
            if len(path) > LONGEST_PATH:
                self.notes.append(f"An old address is too long to be kept: {path[:100]}.")
                continue
            kept, is_new = Redirect.objects.get_or_create(
                path=path, defaults={"article": article, "language": language}
            )
            if kept.article_id != article.pk:
                self.notes.append(f"{path[:100]} leads to “{kept.article.code}” already, and still does.")
            added += [path] if is_new else []
        return added


def _revisions_of(translation: Translation | None) -> list[Revision]:
    """What readers have and what is at work."""
    if translation is None:
        return []
    found = translation.revisions.filter(state__in=AT_WORK).order_by("-number")
    return [one for one in (*found, translation.current) if one is not None]


def _empty(title: str) -> str:
    """The digest of a draft that has nothing but its title."""
    return digest_of(title=title, summary="", keywords="", body="")


def _free_name(name: str, content: bytes, known: str) -> str:
    return name if sha256(content).hexdigest() == known else told_apart(name, content)


def _renamed(body: str, names: Mapping[str, str]) -> str:
    for name, kept in names.items():
        if name != kept:
            body = body.replace(f"]({FILE}{name})", f"]({FILE}{kept})")
    return body
