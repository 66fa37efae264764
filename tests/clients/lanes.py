"""Two hundred lanes at a time, each with a key of its own, written to by many threads: nobody sees what another did."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from threading import local

import requests

ROOT = os.environ['API_URL']
API = ROOT + '/v1'
LANES = 200
THREADS = 16
ROUNDS = 3
here = local()


def session():
    """A connection for each thread, shared by all lanes that it serves."""
    if not hasattr(here, 'session'):
        here.session = requests.Session()
    return here.session


def call(lane, method, path, expected, **arguments):
    headers = {'Authorization': f'Bearer sk_test_parallel-{lane}'}
    response = session().request(method, f'{API}{path}', headers=headers, **arguments)
    assert response.status_code == expected, (lane, method, path, response.status_code, response.text)
    return response.json() if response.content else None


def write(lane, turn):
    name = f'Lane {lane}, round {turn}'
    agent = call(lane, 'POST', '/agents', 201, json={'name': name, 'voice_platform': 'retell'})['data']
    contact = call(lane, 'POST', '/contacts', 201, json={'name': name, 'tags': [f'lane-{lane}']})
    call(lane, 'PUT', '/agents/agent_abc123xyz789', 200, json={'metadata': {f'round_{turn}': str(lane)}})
    return agent['id'], contact['id']


def check(lane, made):
    """What is there is what this lane made, and all of it."""
    agents = call(lane, 'GET', '/agents', 200, params={'search': 'Lane ', 'per_page': 100})['data']
    assert sorted(agent['name'] for agent in agents) == [f'Lane {lane}, round {turn}' for turn in range(ROUNDS)], agents
    contacts = call(lane, 'GET', '/contacts', 200, params={'search': 'Lane ', 'per_page': 100})['data']
    assert all(contact['tags'] == [f'lane-{lane}'] for contact in contacts), contacts
    assert {agent['id'] for agent in agents} == {agent for agent, _ in made}, (agents, made)
    assert {contact['id'] for contact in contacts} == {contact for _, contact in made}, (contacts, made)
    notes = call(lane, 'GET', '/agents/agent_abc123xyz789', 200)['data']['metadata']
    rounds = {key: value for key, value in notes.items() if key.startswith('round_')}
    assert rounds == {f'round_{turn}': str(lane) for turn in range(ROUNDS)}, notes


with ThreadPoolExecutor(THREADS) as pool:
    work = [(lane, turn) for lane in range(LANES) for turn in range(ROUNDS)]
    # Everybody's rounds are mixed, in the same way each time.
    random.Random(42).shuffle(work)
    made = {lane: [] for lane in range(LANES)}
    for (lane, _), ids in zip(work, pool.map(lambda item: write(*item), work)):
        made[lane].append(ids)
    list(pool.map(lambda lane: check(lane, made[lane]), range(LANES)))

# The default lane saw nothing of it.
default = requests.get(f'{API}/agents', params={'search': 'Lane '}, headers={'Authorization': 'Bearer sk_live_abc123xyz789'})
assert default.json()['data'] == [], default.text
