"""The update of an agent through `requests`, and the whole life of an agent through `httpx` on one connection."""

import os

import httpx
import requests

API = os.environ['API_URL'] + '/v1'
HEADERS = {'Authorization': 'Bearer sk_live_abc123xyz789', 'Content-Type': 'application/json'}


def update_agent(agent_id, updates):
    response = requests.put(f'{API}/agents/{agent_id}', json=updates, headers=HEADERS)
    if response.status_code != 200:
        raise Exception(f'Failed to update agent: {response.status_code} {response.text}')
    return response.json()


updated = update_agent('agent_abc123xyz789', {
    'voice_id': 'voice_professional_male_1',
    'metadata': {'version': '2.0'},
})
assert updated['data']['id'] == 'agent_abc123xyz789', updated
assert set(updated['meta']) == {'request_id', 'timestamp'}, updated

try:
    update_agent('agent_abc123xyz789', {'status': 'asleep'})
except Exception as error:
    assert '400' in str(error) and 'invalid_parameter' in str(error), error
else:
    raise AssertionError('a status that there is not was accepted')

with httpx.Client(base_url=API, headers=HEADERS) as client:
    created = client.post('/agents', json={'name': 'Night shift', 'voice_platform': 'vapi'})
    assert created.status_code == 201, created.text
    assert created.json()['data']['voice_platform'] in ('vapi', 'retell'), created.text
    assert client.get('/agents', params={'status': 'active', 'per_page': 1000}).status_code == 200
    path = f'/agents/{created.json()["data"]["id"]}'
    assert client.get(path).json()['data'] == created.json()['data'], created.text
    deleted = client.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b''), deleted.text
    assert client.get(path).json()['error']['code'] == 'agent_not_found'
    # In a call, as in the docs' example.
    busy = client.delete('/agents/agent_abc123xyz789')
    assert (busy.status_code, busy.json()['error']['code']) == (409, 'agent_has_active_calls'), busy.text
    assert busy.json()['error']['active_calls'] == 2, busy.text
    head = client.head('/agents')
    assert (head.status_code, head.content) == (200, b''), head.headers
    assert head.headers['x-request-id'] != deleted.headers['x-request-id']
