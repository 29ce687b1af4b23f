"""Pages by OFFSET over a count that stops at a thousand."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_COUNTED = 1_000


class CappedPaginator(Paginator):
    """Counts to a thousand and no further, so that a page costs what it shows (design §10, P4)."""

    template_name = "admin/capped_pagination.html"

    @cached_property
    def count(self) -> int:
        """At most one more than is told; that one says “and more”."""
        rows = self.object_list
        return rows.order_by()[: MOST_COUNTED + 1].count() if isinstance(rows, QuerySet) else len(rows)

    @property
    def counted(self) -> str:
        """“37”, or “1,000+”."""
        return f"{MOST_COUNTED:,}+" if self.count > MOST_COUNTED else str(self.count)
