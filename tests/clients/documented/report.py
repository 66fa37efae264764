"""Writes docs/REPORT.md: the documented client in every scenario that ships, as `ayra-mock run` tells of it.

usage: report.py          compares what stands there with what happens now
       report.py --write  writes what happens now

Times and bytes differ from run to run, so what is compared is which runs there are, how they ended and what was found.
"""

import os
import re
import subprocess
import sys
import tempfile
from difflib import unified_diff
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
PAGE = ROOT / 'docs' / 'REPORT.md'
COMMAND = ['python', 'client.py']

HEAD = """# A client in trouble

What `ayra-mock run` says of a client that is written as the API's docs write theirs
([client.py](../tests/clients/documented/client.py)): every call by itself, an exception for whatever is not 200. It is
played in every scenario that ships, each with a server of its own, and none of what follows is written by hand:
`tests/run` plays it again and compares.

```sh
ayra-mock run --seed 42 --now 2025-01-15T15:00:00Z --scenario scenarios/*.yaml --jobs 4 --timeout 30s --report markdown -- python client.py
```

"""

def played():
    """The report as it is printed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, 'report.md')
        scenarios = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob('scenarios/*.yaml'))
        options = ['--seed', '42', '--now', '2025-01-15T15:00:00Z', '--jobs', '4', '--timeout', '30s']
        ran = subprocess.run(
            [os.environ['AYRA_MOCK_PROGRAM'], 'run', *options, '--quiet', '--report', f'markdown={report}']
            + [part for name in scenarios for part in ('--scenario', name)]
            + ['--', sys.executable, str(HERE / 'client.py')],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        # 124: in one of them it waited for ever.
        assert ran.returncode in (1, 124), ran.stderr
        return report.read_text().replace(f'{sys.executable} {HERE / "client.py"}', ' '.join(COMMAND))


def outline(text):
    """What stands where, by its run: how the command ended, and what was found. Times, bytes and counts are left out."""
    runs, name = {}, None
    for line in text.splitlines():
        if row := re.match(r'\| (\S+) \| (\S+) \| ([a-z][^|]+) \|', line):
            runs[row[2]] = [f'{row[2]}: {row[1]} {row[3]}']
        elif heading := re.match(r'### (.*)', line):
            name = heading[1]
        elif name in runs and (found := re.match(r'- \S+ \*\*\w[^*]*\*\*', line)):
            runs[name].append(f'{name}: {found[0]}')
    return runs


def differences(kept, now):
    # What a busy machine does not get done in time says nothing.
    late = {name for runs in (kept, now) for name, lines in runs.items() if 'still running' in lines[0]}
    assert len(late) < 12, late
    lines = [[line for name, lines in runs.items() if name not in late for line in lines] for runs in (kept, now)]
    assert len(lines[1]) > 80, lines[1]
    return '\n'.join(unified_diff(*lines, 'docs/REPORT.md', 'now', lineterm=''))


def main():
    text = HEAD + played()
    if '--write' in sys.argv:
        PAGE.write_text(text)
        return
    told = differences(outline(PAGE.read_text()), outline(text))
    assert not told, f'look at what has changed, and write it anew with {__file__} --write:\n{told}'


if __name__ == '__main__':
    main()
