"""return_carriage: one article of a train goes back to what readers saw before, in one step."""

from __future__ import annotations

from datetime import datetime

from financy_support.desk.errors import Conflict, Invalid
from financy_support.desk.people.user import User
from knowledge.duties import hold
from knowledge.landing import take_off
from knowledge.models import Carriage, Revision, RevisionState, Translation
from knowledge.revision_gates import require_writer
from knowledge.showing import put


def return_carriage(carriage: Carriage, *, because: str, by: User, at: datetime) -> Carriage:
    """Show the former revision again, or nothing where the article was new; the returned words stay in the history.

    Raises NotAllowed, Invalid without a reason, Conflict when it was returned before or something newer is shown.
    """
    require_writer(by)
    if not because.strip():
        raise Invalid("Say why it goes back.", field="because")
    translation = Translation.objects.select_for_update(of=("self",), no_key=True).get(
        pk=carriage.revision.translation_id
    )
    taken = Carriage.objects.select_for_update(of=("self",), no_key=True).get(pk=carriage.pk)
    if taken.returned_at or translation.current_id != taken.revision_id:
        raise Conflict("Readers do not see this revision any more: there is nothing to return.", code="state")
    Revision.objects.filter(pk=taken.revision_id).update(state=RevisionState.SUPERSEDED)
    if taken.before_id:
        Revision.objects.filter(pk=taken.before_id).update(state=RevisionState.PUBLISHED)
    put(hold(translation.article), translation, taken.before, at=at)
    take_off(taken.revision)
    taken.returned_at, taken.returned_because = at, f"{by}: {because.strip()}"[:500]
    taken.save(update_fields=["returned_at", "returned_because"])
    return taken
