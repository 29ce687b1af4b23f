"""The back office of the floor: people, their teams and shifts, the hours that count, the log-ins."""

from financy_support.desk.admin import doors, hours, people, teams  # noqa: F401  importing registers
