"""Which verbs the ticket page offers, in the order in which they stand there."""

from __future__ import annotations

from tickets.admin.after_forms import AgreeFollowUp, CompleteFollowUp
from tickets.admin.call_forms import LogCall
from tickets.admin.forms import VerbForm
from tickets.admin.move_forms import Assign, ChangeCategory, ChangeSeverity, Escalate
from tickets.admin.say_forms import Note, Progress, Reply, Resolve
from tickets.admin.state_forms import Close, Hold, Reopen, Resume
from tickets.admin.video_forms import CancelVideo, FinishVideo, MoveVideo, ScheduleVideo

WORDS: tuple[type[VerbForm], ...] = (Reply, Progress, Note)
ACTS: tuple[type[VerbForm], ...] = (
    Assign, LogCall, ScheduleVideo, MoveVideo, CancelVideo, FinishVideo,
    Escalate, Hold, Resume, Resolve, ChangeSeverity, ChangeCategory, Reopen, Close,
    AgreeFollowUp, CompleteFollowUp,
)  # fmt: skip
FORMS: dict[str, type[VerbForm]] = {form.verb: form for form in (*WORDS, *ACTS)}
