"""What `/_mock/verdicts` says of real clients: of each verdict one that behaves well, and one that does not.

The clients are requests with urllib3's retries below it, and a naive loop; `verdicts.mjs` has those of Node. Some of them are
several threads that ask for the same at the same time: each waits, tries again and reads on by itself.
"""

import json
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

ROOT = os.environ['API_URL']
API = ROOT + '/v1'
CALL = 'conv_abc123xyz789'
DETAILS = f'/conversations/{CALL}'


class Client:
    """A lane of its own with a scenario in it: one that ships, or one that is brought along."""

    def __init__(self, lane, scenario):
        self.lane = lane
        self.headers = {'Authorization': f'Bearer sk_test_{lane}'}
        where = {'X-Mock-Lane': lane}
        if isinstance(scenario, dict):
            told = requests.post(f'{ROOT}/_mock/scenarios', json=scenario, headers=where)
        else:
            told = requests.post(f'{ROOT}/_mock/scenarios/{scenario}/activate', headers=where)
        assert told.ok, (lane, told.text)

    def session(self, **retry):
        """One that keeps its connections, and lets urllib3 try again."""
        session = requests.Session()
        session.headers.update(self.headers)
        if retry:
            retry = {'status_forcelist': [429, 500, 502, 503, 504], 'allowed_methods': None, **retry}
            session.mount('http://', HTTPAdapter(max_retries=Retry(raise_on_status=False, **retry)))
        return session

    def get(self, path, **more):
        """Without a session: a connection for each request."""
        return requests.get(path if path.startswith('http') else API + path, headers=self.headers, **more)

    def verdict(self, name):
        # The client may know that an answer broke off before the server has written it down.
        for _ in range(1000):
            told = requests.get(f'{ROOT}/_mock/verdicts', params={'lane': self.lane}).json()
            verdict = [one for one in told['verdicts'] if one['verdict'] == name][-1]
            if verdict['outcome'] != 'moot':
                break
        return verdict


def expects(name, rules=(), steps=None):
    scenario = {'name': 'brought', 'rules': list(rules) or [{'delay': '1ms'}], 'expect': [name]}
    return {**scenario, 'steps': steps} if steps else scenario


def patient(client, path='/conversations'):
    client.session(total=4, backoff_factor=0.3).get(API + path)


def hasty(client, path='/conversations', tries=8):
    for _ in range(tries):
        if client.get(path).ok:
            return


def steady(client):
    for _ in range(5):
        client.get('/conversations')
        time.sleep(1.5)


def once(client):
    try:
        client.get('/conversations').json()
    except requests.RequestException:
        pass


def until_whole(client):
    session = client.session()
    for _ in range(3):
        try:
            return session.get(f'{API}/conversations').json()
        except requests.RequestException:
            time.sleep(0.1)


def creates(client, keys):
    for key in keys:
        headers = {**client.headers, 'Idempotency-Key': key} if key else client.headers
        requests.post(f'{API}/contacts', json={'name': 'Ann'}, headers=headers)


def downloads(client, fresh):
    address = None
    for _ in range(3):
        if fresh or address is None:
            address = client.get(f'/conversations/{CALL}/recording').json()['data']['url']
        if requests.get(address).ok:
            return


def pages(client, is_last, kind='completed', keep=True):
    session, page = client.session(), 1
    while True:
        filters = {'status': kind} if keep or page == 1 else {}
        answer = session.get(f'{API}/conversations', params={'per_page': 50, 'page': page, **filters}).json()
        if is_last(page, answer):
            return
        page += 1


def at_the_count(page, answer):
    return page >= answer['meta']['total_pages']


def at_a_short_page(_, answer):
    return len(answer['data']) < 50


def polls(client, apart):
    while not client.get(f'/conversations/{CALL}/transcript').ok:
        time.sleep(apart)


def several(get, count=6):
    for _ in range(count):
        get(f'{API}/agents').raise_for_status()


def until_nothing_is_left(client):
    """Reads what is left of the limit, as a client should."""
    session, left = client.session(), 1
    while left > 0:
        left = int(session.get(f'{API}/agents').headers['X-RateLimit-Remaining'])


def walks(client, *paths):
    for path in paths:
        client.get(path)


def threads(play, count=4):
    """Several threads that begin at once. Each may wait for the others once more, so that retries are under way at once."""

    def of(client):
        others = Barrier(count)

        def one(place):
            others.wait()
            play(client, others, place)

        with ThreadPoolExecutor(count) as pool:
            list(pool.map(one, range(count)))

    return of


def as_told(client, others, _):
    answer = client.get('/agents')
    time.sleep(int(answer.headers['Retry-After']))
    others.wait()
    client.get('/agents').raise_for_status()


def at_once(client, others, _):
    client.get('/agents')
    others.wait()
    client.get('/agents')


def asks(client, others, _):
    client.get('/agents')


def creates_twice(fresh_key):
    """Every thread makes the same contact, with a key of its own if any."""

    def play(client, others, place):
        key = KEY + str(place)
        creates(client, [key])
        others.wait()
        creates(client, [fresh_key(key)])

    return play


def downloads_once_more(fresh):
    def play(client, others, _):
        def address():
            return client.get(f'/conversations/{CALL}/recording').json()['data']['url']

        if others.wait() == 0:
            client.address = address()
        others.wait()
        requests.get(client.address)
        others.wait()
        requests.get(address() if fresh else client.address)

    return play


def reads_pages(is_last):
    return lambda client, others, _: pages(client, is_last)


def is_whole(client, others, _):
    try:
        client.get('/agents').json()
    except requests.RequestException:
        pass


def until_it_is_whole(client, others, place):
    is_whole(client, others, place)
    others.wait()
    client.get('/agents').json()


KEY = str(uuid.uuid4())
LIMIT = expects('under_limit', [{'when': {'operation': 'listAgents'}, 'limit': {'requests': 4, 'per': '1h'}}])
STEPS = expects('followed_steps', steps=[{'when': {'operation': 'listAgents'}}, {'when': {'operation': 'getAgent'}}])
ORDER = expects({'before': {'first': 'listAgents', 'then': 'getAgent'}})
NEVER = expects({'never': {'operation': 'listContacts'}})


def first(count, name, answer, operation='listAgents'):
    """As many as there are threads are answered badly: those that are `LATE` while all of them are under way."""
    return expects(name, [{'when': {'operation': operation, 'call': f'first {count}'}, **answer}])


LATE = {'delay': '300ms'}
LIMITED = first(4, 'waited', {'reply': {'problem': 'rate_limited', 'retry_after': 1}})
FAILS = {'reply': {'problem': 'internal'}, **LATE}
FORBIDDEN = {'reply': {'problem': 'forbidden'}}
EXPIRED = first(1, 'fresh_url', {'recording': {'expires': '-1h'}}, 'getRecording')
CLOSING = expects('connections', [{'when': {'operation': 'listAgents'}, 'fault': 'connection_close'}])

# The verdict, the scenario, who behaves well, and who does not.
CASES = [
    ('waited', 'rate-limited-twice', patient, hasty),
    ('backed_off', 'server-error-forever-500', patient, steady),
    ('gave_up', 'server-error-forever-500', patient, hasty),
    ('retried', 'server-error-500', lambda c: patient(c, DETAILS), lambda c: c.get(DETAILS)),
    ('no_futile_retry', 'forbidden-403', lambda c: c.get(DETAILS), lambda c: hasty(c, DETAILS)),
    ('safe_retries', 'created-but-500', lambda c: creates(c, [KEY, KEY]), lambda c: creates(c, [None, None])),
    ('same_key', 'created-but-500', lambda c: creates(c, [KEY, KEY]), lambda c: creates(c, [KEY, KEY + '2'])),
    ('fresh_url', 'recording-expired', lambda c: downloads(c, True), lambda c: downloads(c, False)),
    ('all_pages', 'pages-short', lambda c: pages(c, at_the_count), lambda c: pages(c, at_a_short_page)),
    ('kept_filters', 'pages-short', lambda c: pages(c, at_the_count), lambda c: pages(c, at_the_count, keep=False)),
    ('poll_rate', 'transcript-not-ready-404', lambda c: polls(c, 1.1), lambda c: polls(c, 0.05)),
    ('under_limit', LIMIT, until_nothing_is_left, lambda c: [c.get('/agents') for _ in range(6)]),
    ('connections', expects('connections'), lambda c: several(c.session().get), lambda c: several(c.get)),
    ('read_whole', 'fault-cut', until_whole, once),
    ('no_secret_in_url', 'key-rejected-401', once, lambda c: c.get('/agents?api_key=sk_test_mine')),
    ('known_only', expects('known_only'), once, lambda c: c.get('/agents?serch=a')),
    ('followed_steps', STEPS, lambda c: walks(c, '/agents', '/agents/agent_abc123'), lambda c: walks(c, '/agents')),
    ('calls', 'pages-next-to-itself', once, lambda c: walks(c, *['/conversations?page=3'] * 4)),
    ('never', NEVER, lambda c: walks(c, '/agents'), lambda c: walks(c, '/contacts')),
    # Several at once, and their retries at once.
    ('waited', LIMITED, threads(as_told), threads(at_once)),
    ('no_futile_retry', first(8, 'no_futile_retry', FORBIDDEN | LATE), threads(asks), threads(at_once)),
    ('retried', first(4, 'retried', FAILS), threads(at_once), threads(asks)),
    ('gave_up', first(12, 'gave_up', FAILS), threads(asks, 12), lambda c: hasty(c, '/agents', 12)),
    ('safe_retries', first(4, 'safe_retries', FAILS, 'createContact'),
     threads(creates_twice(lambda key: key)), lambda c: creates(c, [None] * 5)),
    ('same_key', first(4, 'same_key', FAILS, 'createContact'),
     threads(creates_twice(lambda key: key)), threads(creates_twice(lambda key: key + 'again'))),
    ('fresh_url', EXPIRED, threads(downloads_once_more(True)), threads(downloads_once_more(False))),
    ('all_pages', 'pages-short', threads(reads_pages(at_the_count)), threads(reads_pages(at_a_short_page))),
    ('read_whole', first(4, 'read_whole', {'fault': {'cut': {'after': '50%'}}}), threads(until_it_is_whole), threads(is_whole)),
    ('connections', CLOSING, lambda c: several(c.session().get), None),
    ('before', ORDER, lambda c: walks(c, '/agents', '/agents/agent_abc123'), lambda c: walks(c, '/agents/agent_abc123')),
]


def judged(case):
    name, scenario, *players = case
    found = []
    for manner, play, wanted in zip(('good', 'bad'), players, ('passed', 'failed')):
        if play is None:
            continue
        client = Client(f'{name}-{CASES.index(case)}-{manner}', scenario)
        play(client)
        verdict = client.verdict(name)
        if verdict['outcome'] != wanted:
            found.append((name, manner, verdict))
        assert verdict['seen'].endswith('.') and bool(verdict['advice']) == (verdict['outcome'] == 'failed'), verdict
    return found


def main():
    with ThreadPoolExecutor(8) as pool:
        found = [one for case in pool.map(judged, CASES) for one in case]
    assert not found, '\n'.join(json.dumps(one) for one in found)


if __name__ == '__main__':
    main()
