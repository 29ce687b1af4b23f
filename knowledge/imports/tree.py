"""Tree: the files of an export, out of a folder or a zip, within limits; a hostile archive is refused as a whole."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from financy_support.desk.errors import Invalid

MOST_FILES = 5_000
LARGEST_FILE = 25 * 1024 * 1024
LARGEST_TREE = 200 * 1024 * 1024
DEEPEST_ZIP = 2  # a zip in a zip, as Notion makes them, and none in that


class Tree:
    """Names with slashes, and bytes. What cannot be read has its reason in ``broken``."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.broken: dict[str, str] = {}
        self._bytes = 0
        self._count = 0

    def below(self, ending: str) -> Iterator[str]:
        """Names with this ending, in order."""
        return (name for name in sorted(self.files) if name.lower().endswith(ending))

    def make_room(self, size: int) -> None:
        """Count a file before it is read. Raises Invalid when the export is larger than any that is taken."""
        self._count, self._bytes = self._count + 1, self._bytes + size
        if self._count > MOST_FILES or self._bytes > LARGEST_TREE:
            said = f"More than {MOST_FILES:,} files or {LARGEST_TREE // 2**20} MB when unpacked. Export less at a time."
            raise Invalid(said, field="file", code="too_large")


def tree_of(path: Path) -> Tree:
    """A folder, a zip, or one file. Raises Invalid for what is neither, for odd names and for what is too large."""
    tree = Tree()
    try:
        if path.is_dir():
            _take_folder(tree, path)
        elif zipfile.is_zipfile(path):
            with path.open("rb") as file:
                _take_zip(tree, file.read(LARGEST_TREE + 1), "", 1)
        else:
            tree.make_room(path.stat().st_size)
            tree.files[path.name] = path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", field="file", code="unreadable") from error
    return tree


def _take_folder(tree: Tree, folder: Path) -> None:
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_symlink() or name.startswith(".git/") or not file.is_file():
            continue  # a link may lead out of the folder
        size = file.stat().st_size
        if size > LARGEST_FILE:
            tree.broken[name] = f"It has more than {LARGEST_FILE // 2**20} MB."
            continue
        tree.make_room(size)
        tree.files[name] = file.read_bytes()


def _take_zip(tree: Tree, content: bytes, inside: str, depth: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            for one in members:
                _require_plain(one.filename)
            for one in members:
                _take_member(tree, archive, one, inside, depth)
    except (zipfile.BadZipFile, EOFError) as error:
        raise Invalid(f"{inside or 'The archive'} is no whole zip: {error}.", field="file", code="broken") from error


def _require_plain(name: str) -> None:
    """Nothing is ever written under these names; an archive that tries is not trusted with the rest either."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if (
        not name
        or name.startswith(("/", "\\"))
        or ".." in parts
        or "\x00" in name
        or (len(name) > 1 and name[1] == ":")
    ):
        raise Invalid(
            f"The archive holds {name!r}, which leads out of it. It is refused.", field="file", code="hostile"
        )


def _take_member(tree: Tree, archive: zipfile.ZipFile, member: zipfile.ZipInfo, inside: str, depth: int) -> None:
    name = f"{inside}{member.filename}".replace("\\", "/")
    if member.external_attr >> 28 == 0xA:
        return  # a symbolic link
    is_zip = name.lower().endswith(".zip")
    if is_zip and depth >= DEEPEST_ZIP:
        raise Invalid(f"{name} is a zip in a zip in a zip. Unpack it first.", field="file", code="hostile")
    if member.file_size > (LARGEST_TREE if is_zip else LARGEST_FILE):
        tree.broken[name] = f"It has more than {LARGEST_FILE // 2**20} MB."
        return
    tree.make_room(member.file_size)
    try:
        with archive.open(member) as opened:
            content = opened.read(member.file_size)  # never more than it said, and was counted for
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        tree.broken[name] = f"It cannot be unpacked: {error}."
        return
    if is_zip:
        _take_zip(tree, content, name.rpartition("/")[0] + "/" if "/" in name else "", depth + 1)
    elif tree.files.setdefault(name, content) != content:
        tree.broken[name] = "Two files in the archive have this name; the first is taken."
