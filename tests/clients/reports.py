"""Reads the reports of a run with what CI systems and their tools read them with."""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from html.parser import HTMLParser

from junitparser import JUnitXml

program = os.environ["AYRA_MOCK_PROGRAM"]
folder = tempfile.mkdtemp()


def report(form):
    return os.path.join(folder, form)


HOSTILE = """
import os, urllib.error, urllib.parse, urllib.request
for page in ['1', '<b>&"', ']]>', "it's", '%0A::error::', '\\u202e']:
    request = urllib.request.Request(
        os.environ['AYRA_BASE_URL'] + '/v1/agents?page=' + urllib.parse.quote(page),
        headers={'Authorization': 'Bearer ' + os.environ['AYRA_API_KEY']})
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()
    except urllib.error.HTTPError as error:
        assert error.code == 400, error
"""

forms = ["junit", "sarif", "gitlab", "json", "html"]
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
# What is in a message is the text that the client sent.
assert any('<b>&' in failure.get("message", "") for failure in xml.parse(report("junit")).iter("failure"))

with open(report("sarif")) as file:
    log = json.load(file)
rules = {rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]}
results = log["runs"][0]["results"]
assert results and all(result["ruleId"] in rules for result in results)

with open(report("gitlab")) as file:
    issues = json.load(file)
assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(results)


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
