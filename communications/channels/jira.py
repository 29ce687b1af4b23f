"""Jira: one issue a message. It is looked for by its label before it is made, so that no try makes a second one.

Plain HTTP and not the `jira` library: two calls, where the library asks for server and fields besides, knows Cloud
only by asking, and names no field in a refusal.
"""

from __future__ import annotations

import hashlib
from typing import Any

from communications.channels.answer import Answer
from communications.channels.links import link_to
from communications.channels.wire import NoAnswer, NotSent, Reply, ask, no_answer, not_sent, refused
from communications.models.account import Edition, ProviderAccount
from communications.models.delivery import Delivery, Outcome
from communications.models.message import Message

LONGEST_SUMMARY, LONGEST_DESCRIPTION = 255, 32_767
USUAL_ISSUE_TYPE = "Task"


class JiraLine:
    """The destination's address is a project's key, or key/issue type. Cloud speaks REST 3, Data Center REST 2."""

    def deliver(self, delivery: Delivery) -> Answer:
        assert delivery.destination is not None
        account = delivery.destination.account
        project, _, issue_type = delivery.address.partition("/")
        label = label_of(delivery.message)
        try:
            found = _search(account, project, label)
        except NotSent as error:
            return not_sent(error)
        except NoAnswer as error:  # a question that was not answered has made nothing
            return not_sent(error)
        if not isinstance(found, str):
            return found
        if found:
            return Answer(Outcome.DELIVERED, f"{found} stood there already", provider_id=found)
        try:
            return _create(account, delivery.message, project, issue_type or USUAL_ISSUE_TYPE, label)
        except NotSent as error:
            return not_sent(error)
        except NoAnswer as error:
            return no_answer(error)

    def close(self) -> None:
        """Nothing is kept open."""


def label_of(message: Message) -> str:
    """The label by which the issue of a message is found again, on any desk's Jira."""
    return f"financy-{hashlib.sha256(message.message_id.encode()).hexdigest()[:20]}"


def _search(account: ProviderAccount, project: str, label: str) -> str | Answer:
    """The key of the issue with this label, empty when there is none, or why Jira did not say."""
    path = "search/jql" if account.edition == Edition.CLOUD else "search"
    asked = {"jql": f'project = "{_quoted(project)}" AND labels = "{label}"', "fields": "key", "maxResults": "2"}
    reply = _ask(account, "GET", path, params=asked)
    if reply.status != 200:
        return _refusal(reply)
    try:
        return str(next((issue["key"] for issue in reply.json["issues"]), ""))
    except (ValueError, KeyError, TypeError):
        return Answer(Outcome.TEMPORARY, f"200, but no answer of Jira's: {reply.text[:200]}", is_away=True)


def _create(account: ProviderAccount, message: Message, project: str, issue_type: str, label: str) -> Answer:
    fields = {
        "project": {"key": project},
        "issuetype": {"name": issue_type},
        "summary": " ".join(message.subject.split())[:LONGEST_SUMMARY] or message.about_reference,
        "description": description_of(message, account.edition),
        "labels": [label, *([message.about_reference.replace(" ", "-")] if message.about_reference else [])],
    }
    reply = _ask(account, "POST", "issue", json={"fields": fields})
    if reply.status != 201:
        return _refusal(reply)
    try:
        key = str(reply.json["key"])
    except (ValueError, KeyError, TypeError):
        return Answer(Outcome.UNKNOWN, f"201, but no key: {reply.text[:200]}")
    return Answer(Outcome.DELIVERED, f"201 {key}", provider_id=key)


def description_of(message: Message, edition: str) -> Any:
    """The words and a link to them: a document for Cloud, quoted text for Data Center. Nothing in them is markup."""
    link = link_to(message)
    room = LONGEST_DESCRIPTION - len(link) - 200
    is_cloud = edition == Edition.CLOUD
    body = message.body if is_cloud else message.body.replace("{noformat}", "{ noformat}")
    if len(body) > room:
        body = f"{body[:room]} …\n\n(shortened)"
    return _document([*body.split("\n\n"), link]) if is_cloud else f"{{noformat}}\n{body}\n{{noformat}}\n{link}"


def _document(paragraphs: list[str]) -> dict[str, Any]:
    """Atlassian Document Format: paragraphs of text and line breaks."""
    content = []
    for paragraph in filter(str.strip, paragraphs):
        runs: list[dict[str, Any]] = []
        for line in paragraph.strip("\n").split("\n"):
            runs += [{"type": "hardBreak"}] if runs else []
            runs += [{"type": "text", "text": line}] if line else []
        content.append({"type": "paragraph", "content": runs})
    return {"type": "doc", "version": 1, "content": content}


def _ask(account: ProviderAccount, method: str, path: str, **given: Any) -> Reply:
    version = 3 if account.edition == Edition.CLOUD else 2
    headers = {"Accept": "application/json", "X-Atlassian-Token": "no-check"}
    if account.account:
        given["auth"] = (account.account.encode(), account.secret.encode())
    else:
        headers["Authorization"] = f"Bearer {account.secret}"
    return ask(method, f"{account.base_url.rstrip('/')}/rest/api/{version}/{path}", headers=headers, **given)


def _refusal(reply: Reply) -> Answer:
    try:
        said = reply.json
        texts = [*said.get("errorMessages", []), *(f"{name}: {text}" for name, text in said.get("errors", {}).items())]
        text = "; ".join(map(str, texts))
    except (ValueError, AttributeError, TypeError):
        text = ""
    answer = refused(reply, text)
    if answer.outcome is Outcome.PERMANENT:
        way_out = "Correct project key or issue type of the destination, or the required fields of that project."
        return Answer(Outcome.PERMANENT, f"{answer.text} — {way_out}")
    return answer


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
