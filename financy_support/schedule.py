"""The beat table: one line a job, how often in seconds, and why. Missed beats cost lateness, never a promise."""

BEAT_SCHEDULE = {
    # Promises are kept to the second; an idle sweep costs one indexed query a deadline table.
    "sweep": {"task": "financy_support.tasks.sweep", "schedule": 1.0, "options": {"expires": 5}},
    # Mail leaves within a second of its cause.
    "deliver": {"task": "financy_support.tasks.deliver", "schedule": 1.0, "options": {"expires": 5}},
}
