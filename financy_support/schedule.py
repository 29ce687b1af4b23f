"""The beat table: one line a job, how often in seconds, and why. Missed beats cost lateness, never a promise."""

BEAT_SCHEDULE = {
    # Promises are kept to the second; an idle sweep costs one indexed query a deadline table.
    "sweep": {"task": "financy_support.tasks.sweep", "schedule": 1.0, "options": {"expires": 5}},
    # Mail leaves within a second of its cause, and what a dead worker held is taken over as soon. A wake-up that
    # finds every worker busy is worth nothing once the next one is due.
    "deliver": {"task": "financy_support.tasks.deliver", "schedule": 0.5, "options": {"expires": 1}},
    # Mail that came in becomes a ticket, a reply or a note within a second.
    "take_in": {"task": "financy_support.tasks.take_in", "schedule": 1.0, "options": {"expires": 2}},
    # Stored first answers are kept for 72 hours and then forgotten.
    "forget": {"task": "financy_support.api.tasks.forget", "schedule": 3600.0, "options": {"expires": 600}},
    # Whose search it was is forgotten after a day (knowledge/visitors.py).
    "forget-searches": {"task": "knowledge.tasks.forget_searches", "schedule": 3600.0, "options": {"expires": 600}},
    # What many read and liked, and which gaps were answered (knowledge/tallies.py).
    "add-up-readers": {"task": "knowledge.tasks.add_up", "schedule": 3600.0, "options": {"expires": 600}},
    # Files that no row names: left by a rolled-back act, or by an erasure whose process died before it removed them.
    "tidy-files": {"task": "tickets.tasks.tidy_files", "schedule": 3600.0, "options": {"expires": 600}},
}
