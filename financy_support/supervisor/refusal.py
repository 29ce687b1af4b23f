"""What stops a start, said to the person who started it: the reason and the way out."""

import errno


class CannotStart(Exception):
    """The desk cannot start; `reason` says why in one sentence, `way_out` what to do about it."""

    def __init__(self, reason: str, way_out: str) -> None:
        super().__init__(f"{reason}\n{way_out}")
        self.reason = reason
        self.way_out = way_out

    @classmethod
    def from_os_error(cls, error: OSError) -> "CannotStart":
        """Explain a full disk, a read-only or foreign folder, or any other refusal of the operating system."""
        place = error.filename or "a file of the desk"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return cls(f"The disk is full: {place} could not be written.", "Free some space and start again.")
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return cls(
                f"{place} is not open to this user ({error.strerror}).",
                "Start as the user who owns it, or set DESK_STATE to a folder of your own.",
            )
        return cls(f"{place}: {error.strerror or error}.", "Set DESK_STATE to another folder, or mend this one.")
