"""A Jira on loopback, Cloud (REST version 3) or Data Center (version 2): search by JQL and creating issues."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.sinks.http import Answer, HttpSink, Refusal, Request

USER, TOKEN = "desk@financy.example", "jira-api-token"
LONGEST_SUMMARY, LONGEST_DESCRIPTION = 255, 32_767
FIELDS = {"project", "issuetype", "summary", "description", "labels", "priority"}
JQL = re.compile(r'project = "(?P<project>[^"]+)" AND labels = "(?P<label>[^" ]+)"')


@dataclass
class JiraSink(HttpSink):
    """``issues`` by key. ``is_cloud`` chooses version and log-in; ``is_indexed`` False is a search index that lags."""

    is_cloud: bool = True
    is_indexed: bool = True
    token: str = TOKEN
    projects: dict[str, set[str]] = field(default_factory=lambda: {"FIN": {"Task", "Bug"}})
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer_to(self, request: Request) -> Answer:
        version = "3" if self.is_cloud else "2"
        self._authenticate(request)
        if request.path == f"/rest/api/{version}/issue" and request.method == "POST":
            return self._create(request)
        if request.path == f"/rest/api/{version}/search" and self.is_cloud:
            raise _refusal(410, ["The requested API has been removed. Please migrate to /rest/api/3/search/jql."])
        if request.path == f"/rest/api/{version}/search{'/jql' if self.is_cloud else ''}" and request.method == "GET":
            return self._search(request)
        raise Refusal(404, {"errorMessages": ["No such resource."], "errors": {}})

    def _authenticate(self, request: Request) -> None:
        is_known = request.basic == (USER, self.token) if self.is_cloud else request.bearer == self.token
        if not is_known:
            raise Refusal(401, "Client must be authenticated to access this resource.")

    def _search(self, request: Request) -> Answer:
        asked = JQL.fullmatch(request.query["jql"][0])
        if asked is None:
            raise _refusal(400, ["Error in the JQL Query."])
        if asked["project"] not in self.projects:
            raise _refusal(400, [f"The value '{asked['project']}' does not exist for the field 'project'."])
        found = [
            {"id": str(issue["id"]), "key": key}
            for key, issue in self.issues.items()
            if self.is_indexed and asked["label"] in issue["labels"] and key.startswith(f"{asked['project']}-")
        ]
        if self.is_cloud:
            return Answer(200, {"issues": found, "isLast": True})
        return Answer(200, {"startAt": 0, "maxResults": 2, "total": len(found), "issues": found})

    def _create(self, request: Request) -> Answer:
        if request.content_type != "application/json":
            raise Refusal(415, "Unsupported Media Type")
        fields = request.json["fields"]
        errors = self._problems(fields)
        if errors:
            raise Refusal(400, {"errorMessages": [], "errors": errors})
        number = len(self.issues) + 1
        key = f"{fields['project']['key']}-{number}"
        self.issues[key] = {"id": 10_000 + number, **fields}
        return Answer(201, {"id": str(10_000 + number), "key": key, "self": f"{self.url}/rest/api/3/issue/{number}"})

    def _problems(self, fields: dict[str, Any]) -> dict[str, str]:
        errors = {name: f"Field '{name}' cannot be set." for name in set(fields) - FIELDS}
        project = fields.get("project", {}).get("key")
        if project not in self.projects:
            return {**errors, "project": "valid project is required"}
        if fields.get("issuetype", {}).get("name") not in self.projects[project]:
            errors["issuetype"] = "The issue type selected is invalid."
        summary = fields.get("summary", "")
        if not summary.strip():
            errors["summary"] = "You must specify a summary of the issue."
        elif len(summary) > LONGEST_SUMMARY:
            errors["summary"] = "Summary must be less than 255 characters."
        elif "\n" in summary or "\r" in summary:
            errors["summary"] = "The summary is invalid because it contains newline characters."
        if any(" " in label for label in fields.get("labels", [])):
            errors["labels"] = "The label contains spaces which is invalid."
        problem = _problem_of_document(fields.get("description"), self.is_cloud)
        return {**errors, "description": problem} if problem else errors


def text_of(document: Any) -> str:
    """The plain text of a description in either form."""
    if isinstance(document, str):
        return document
    if document["type"] == "text":
        return str(document["text"])
    if document["type"] == "hardBreak":
        return "\n"
    between = "\n\n" if document["type"] == "doc" else ""
    return between.join(map(text_of, document.get("content", [])))


def _problem_of_document(description: Any, is_cloud: bool) -> str:
    if is_cloud:
        if not isinstance(description, dict) or not _is_document(description):
            return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
    elif not isinstance(description, str):
        return "Operation value must be a string"
    if len(text_of(description)) > LONGEST_DESCRIPTION:
        return "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
    return ""


def _is_document(node: dict[str, Any]) -> bool:
    if node.get("type") != "doc" or node.get("version") != 1:
        return False
    for paragraph in node["content"]:
        if paragraph["type"] != "paragraph":
            return False
        for run in paragraph["content"]:
            if run["type"] not in ("text", "hardBreak") or (run["type"] == "text" and not run["text"]):
                return False
    return True


def _refusal(status: int, messages: list[str]) -> Refusal:
    return Refusal(status, {"errorMessages": messages, "errors": {}})
