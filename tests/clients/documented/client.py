"""A client as the API's docs write one: each call by itself, an exception for whatever is not 200, and no thought of trouble.

It exports last month's calls, looks at one of them, hears its recording, and changes an agent. What becomes of it in each
scenario that ships stands in docs/REPORT.md.
"""

import os
from datetime import datetime

import requests

API = os.environ['AYRA_BASE_URL'] + '/v1'
HEADERS = {'Authorization': f'Bearer {os.environ["AYRA_API_KEY"]}'}


def get_conversations(page=1, per_page=25, **filters):
    params = {'page': page, 'per_page': per_page, **filters}
    response = requests.get(f'{API}/conversations', headers=HEADERS, params=params)
    if response.status_code != 200:
        raise Exception(f'no conversations: {response.status_code}')
    return response.json()


def get_conversation_details(conversation_id):
    params = {'include_transcript': True, 'include_recording': True, 'include_analytics': True}
    response = requests.get(f'{API}/conversations/{conversation_id}', headers=HEADERS, params=params)
    if response.status_code != 200:
        raise Exception(f'no conversation {conversation_id}: {response.status_code}')
    return response.json()


def export(start_date, end_date):
    exported, page = [], 1
    while True:
        period = {'start_date': start_date.isoformat(), 'end_date': end_date.isoformat()}
        response = get_conversations(page=page, per_page=100, status='completed', **period)
        exported.extend(response['data'])
        if page >= response['meta']['total_pages']:
            return exported
        page += 1


def update_agent(agent_id, updates):
    response = requests.put(f'{API}/agents/{agent_id}', json=updates, headers=HEADERS)
    if response.status_code != 200:
        raise Exception(f'agent {agent_id} is as it was: {response.status_code}')
    return response.json()


exported = export(datetime(2024, 12, 1), datetime(2024, 12, 31, 23, 59, 59))
details = get_conversation_details('conv_abc123xyz789')['data']
recording = requests.get(details['recording']['url'])
if recording.status_code != 200:
    raise Exception(f'no recording: {recording.status_code}')
update_agent('agent_abc123xyz789', {'voice_id': 'voice_professional_male_1', 'metadata': {'version': '2.0'}})
print(f'{len(exported)} calls, {len(recording.content)} bytes of sound')
