"""The names by which those who send hints and those who hear them know each other."""

LOOK, TYPING = "look", "typing"


def hints_of(database: str) -> str:
    """The broker's channel: two desks may share a broker."""
    return f"{database}:live"
