"""What real clients raise when they meet a fault, held against the table of docs/FAULTS.md.

`UPDATE_FAULTS=1` writes the table anew. Each client has a lane of its own for each fault, so that all can go at once.
"""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import requests

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = ROOT / 'docs' / 'FAULTS.md'
# Those of the server's faults that a scenario plays, each with the version of HTTP that it needs.
FAULTS = {
    path.stem: 2 if 'http: 2' in path.read_text() else 1 for path in sorted((ROOT / 'scenarios').glob('fault-*.yaml'))
}
URL = os.environ['API_URL'] + '/v1/conversations?per_page=5'
# Longer than any answer that is not held back takes on a busy machine.
TIMEOUT = 2
NOT_SPOKEN = '–'


def headers(client, fault):
    """What `faults/node.mjs` and `faults/reqwest` send too."""
    return {'Authorization': f'Bearer sk_test_{client}-{fault}', 'X-Mock-Scenario': fault}


def told(value):
    """What a client has in its hands that complains of nothing."""
    if isinstance(value, str):
        return 'text'
    text = json.dumps(value, ensure_ascii=False)
    strange = ['NaN'] * ('NaN' in text) + ['U+FFFD'] * ('\ufffd' in text)
    return ', '.join([f'{len(value["data"])} rows', *strange])


def raised(error):
    """The exception and, where that is another one, what it came from."""
    inner = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__
    names = [type(error).__name__, type(inner).__name__]
    return names[0] if names[0] == names[1] else f'{names[0]} ({names[1]})'


def by_requests(fault, version):
    if version == 2:
        return NOT_SPOKEN
    try:
        return told(requests.get(URL, headers=headers('requests', fault), timeout=TIMEOUT).json())
    except Exception as error:
        return raised(error)


def by_httpx(fault, version):
    try:
        with httpx.Client(http1=version == 1, http2=version == 2, timeout=TIMEOUT) as client:
            return told(client.get(URL, headers=headers('httpx', fault)).json())
    except Exception as error:
        return raised(error)


def by_curl(fault, version):
    sent = [part for pair in headers('curl', fault).items() for part in ('-H', ': '.join(pair))]
    how = ['--http2-prior-knowledge'] if version == 2 else ['--http1.1']
    run = subprocess.run(
        ['curl', '--silent', '--fail', '--compressed', '--max-time', str(TIMEOUT), '--output', os.devnull, *how, *sent, URL]
    )
    return f'exit {run.returncode}'


def by_program(command):
    """Programs of other languages are told the faults and say a line of JSON for each: client, fault, what was seen."""
    faults = [f'{fault}:{version}' for fault, version in FAULTS.items()]
    run = subprocess.run([*command, *faults], capture_output=True, text=True)
    assert run.returncode == 0, (command, run.stdout, run.stderr)
    return [json.loads(line) for line in run.stdout.splitlines()]


def observed():
    seen = {}
    programs = [['node', HERE / 'faults' / 'node.mjs'], [os.environ['REQWEST']]]
    own = {'curl': by_curl, 'requests': by_requests, 'httpx': by_httpx}
    with ThreadPoolExecutor(len(programs) + len(own)) as pool:
        lines = pool.map(by_program, programs)
        columns = pool.map(lambda see: {fault: see(fault, version) for fault, version in FAULTS.items()}, own.values())
        for client, column in zip(own, columns):
            seen.update({(client, fault): said for fault, said in column.items()})
        for line in (line for program in lines for line in program):
            seen[line['client'], line['fault']] = line['seen']
    return seen


def table(page):
    """The lines of the page's table, each as its cells, and where they stand."""
    lines = page.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith('| Fault |'))
    last = next((n for n in range(first, len(lines)) if not lines[n].startswith('|')), len(lines))
    return first, last, [[cell.strip() for cell in line.strip('|').split('|')] for line in lines[first:last]]


def main():
    page = PAGE.read_text()
    first, last, (title, _, *rows) = table(page)
    seen = observed()
    clients = title[1:]
    names = [re.match(r'\[(.*?)\]', row[0])[1] for row in rows]
    assert sorted(names) == sorted(FAULTS), ('docs/FAULTS.md has a line for each fault', set(names) ^ set(FAULTS))
    assert {client for client, _ in seen} == set(clients), ('and a column for each client', clients)
    differ = []
    for name, row in zip(names, rows):
        for place, client in enumerate(clients, 1):
            was, now = row[place], seen[client, name]
            # What a reset leaves of that which was sent before it is up to the machine.
            if now not in was.split(' or '):
                differ.append(f'{name}, {client}: docs/FAULTS.md says {was!r}, seen was {now!r}')
                row[place] = now
    if os.environ.get('UPDATE_FAULTS'):
        lines = page.splitlines()
        lines[first + 2:last] = [f'| {" | ".join(row)} |' for row in rows]
        PAGE.write_text('\n'.join(lines) + '\n')
        return
    assert not differ, '\n'.join(differ)


if __name__ == '__main__':
    main()
