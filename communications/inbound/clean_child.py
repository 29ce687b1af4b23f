"""The child that reads the HTML of a mail from standard input and prints what of it may be shown, as JSON.

Apart, and within limits of its own: a few bytes of HTML can stand for gigabytes of elements (formatting that each
paragraph opens again), and who runs out of memory in there takes the whole process along.
"""

import json
import resource
import sys

import nh3

SECONDS, BYTES = 5, 512 * 1024 * 1024
LARGEST_PAGE = 4 * 1024 * 1024
TAGS = nh3.ALLOWED_TAGS - {"area", "map"}
SCHEMES = {"http", "https", "mailto", "cid"}


def main() -> int:
    """Read, print, and end with 0; or end with 1 and the reason as the last line on standard error."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin)
    clean, has_remote = cleaned(asked["html"], with_remote=asked["with_remote"])
    if len(clean) > LARGEST_PAGE:
        print("it unfolds into more than anybody reads", file=sys.stderr)
        return 1
    json.dump({"html": clean, "has_remote": has_remote}, sys.stdout)
    return 0


def cleaned(dirty: str, *, with_remote: bool) -> tuple[str, bool]:
    """What may stand in a page of ours, and whether there are images that are somewhere else."""
    remote: list[str] = []

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src":
            scheme = value.strip().partition(":")[0].lower()
            if scheme in ("http", "https"):
                remote.append(value)
                return value if with_remote else None
            return value if scheme == "cid" else None
        if attribute in ("background", "srcset", "longdesc", "cite"):
            return None
        return value

    clean = nh3.clean(dirty, tags=TAGS, url_schemes=SCHEMES, attribute_filter=keep, link_rel="noopener noreferrer")
    return clean, bool(remote)


if __name__ == "__main__":
    sys.exit(main())
