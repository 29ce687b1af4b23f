"""A real IMAP server: Debian's dovecot on loopback, one mailbox, its password in a file of its own."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from imapclient import IMAPClient

PROGRAM = shutil.which("dovecot") or ("/usr/sbin/dovecot" if Path("/usr/sbin/dovecot").exists() else "")
PASSWORD = "mailbox-password"
CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{folder}/mail
mail_uid = {mail_user}
mail_gid = {mail_group}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/home
}}
"""


@dataclass
class ImapServer:
    """Runs in ``folder`` until the block ends; ``put`` delivers, ``renumber`` gives the mailbox a new UIDVALIDITY."""

    folder: Path
    port: int = 0

    def __enter__(self) -> Self:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        is_root = getpass.getuser() == "root"
        inside = "dovenull" if is_root else getpass.getuser()
        mail = "dovecot" if is_root else getpass.getuser()
        for name in ("run", "state", "home", "mail"):
            (self.folder / name).mkdir(mode=0o755)
        if is_root:
            for name in ("home", "mail"):
                shutil.chown(self.folder / name, "dovecot", "dovecot")
            for parent in [self.folder, *self.folder.parents][:-2]:
                parent.chmod(parent.stat().st_mode | 0o055)
        config = self.folder / "dovecot.conf"
        config.write_text(
            CONFIG.format(
                folder=self.folder,
                port=self.port,
                password=PASSWORD,
                user=inside,
                group=inside,
                mail_user=mail,
                mail_group=mail,
            )
        )
        self._process = subprocess.Popen([PROGRAM, "-F", "-c", str(config)], stdin=subprocess.DEVNULL)
        for _ in range(200):
            try:
                with self.client():
                    return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"dovecot did not start: {(self.folder / 'dovecot.log').read_text()}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    @property
    def url(self) -> str:
        return f"imap://127.0.0.1:{self.port}/INBOX"

    def client(self) -> IMAPClient:
        """A logged-in line of the tests' own."""
        client = IMAPClient("127.0.0.1", port=self.port, ssl=False, timeout=10)
        client.login("support", PASSWORD)
        return client

    def put(self, *mails: bytes) -> None:
        """Deliver mails into the inbox."""
        with self.client() as client:
            for mail in mails:
                client.append("INBOX", mail)

    def seen(self) -> int:
        """How many are marked as seen."""
        with self.client() as client:
            client.select_folder("INBOX", readonly=True)
            return len(client.search("SEEN"))

    def renumber(self) -> None:
        """What a restored or rebuilt mailbox does: the same mails under new numbers."""
        for file in (self.folder / "mail").glob("dovecot*"):
            file.unlink()
