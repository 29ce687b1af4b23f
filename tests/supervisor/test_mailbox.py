"""The local mailbox keeps each mail whole, with its envelope, and loses none that it has taken."""

import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from financy_support.supervisor.ports import keep_port
from financy_support.supervisor.state import REPOSITORY
from tests.supervisor.desk_process import eventually


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the mailbox keeps its mail."""
    return tmp_path / "mailbox"


@pytest.fixture
def server(folder: Path) -> Iterator[smtplib.SMTP]:
    """A connection to a mailbox process."""
    port = keep_port({})
    arguments = ["--port", str(port), "--folder", str(folder)]
    process = subprocess.Popen([sys.executable, "-m", "financy_support.supervisor.mailbox", *arguments], cwd=REPOSITORY)
    connection = smtplib.SMTP()
    assert eventually(lambda: connection.connect("127.0.0.1", port)[0] == 220)
    yield connection
    connection.close()
    process.terminate()
    assert process.wait(timeout=10) == 0


def mail(subject: str) -> EmailMessage:
    """A mail with an accented text and an attachment."""
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"], message["From"], message["To"] = subject, "support@financy.example", "ana@example.com"
    message.set_content("Olá, Ana.\n.a line that begins with a dot\n")
    message.add_attachment(bytes(range(256)), maintype="application", subtype="octet-stream", filename="tudo.bin")
    return message


def test_a_mail_is_kept_whole_with_its_envelope(server: smtplib.SMTP, folder: Path) -> None:
    server.send_message(mail("Sua conta"), "bounce+1@financy.example", ["ana@example.com", "hidden@example.com"])
    (file,) = folder.glob("*.eml")
    kept = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert kept["X-Envelope-From"] == "bounce+1@financy.example"
    assert kept["X-Envelope-To"] == "ana@example.com, hidden@example.com"
    assert kept["Subject"] == "Sua conta"
    body, attachment = kept.iter_parts()
    assert body.get_content().splitlines() == ["Olá, Ana.", ".a line that begins with a dot"]
    assert attachment.get_content() == bytes(range(256))


def test_mails_sort_by_the_time_they_came(server: smtplib.SMTP, folder: Path) -> None:
    for number in range(12):
        server.send_message(mail(str(number)))
    files = sorted(folder.glob("*.eml"))
    subjects = [message_from_bytes(file.read_bytes())["Subject"] for file in files]
    assert subjects == [str(number) for number in range(12)]
    assert not list(folder.glob(".*"))


def test_a_mailbox_that_cannot_write_asks_for_a_later_attempt(server: smtplib.SMTP, folder: Path) -> None:
    folder.rmdir()
    with pytest.raises(smtplib.SMTPDataError) as refused:
        server.send_message(mail("Sua conta"))
    assert refused.value.smtp_code == 452
    folder.mkdir()
    server.send_message(mail("Sua conta"))
    assert len(list(folder.glob("*.eml"))) == 1
