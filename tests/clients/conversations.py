"""Conversations through `requests`, called the way the API's docs show it: only the address is another."""

import os
from datetime import datetime, timedelta, timezone

import requests

API = os.environ['API_URL'] + '/v1'
HEADERS = {'Authorization': 'Bearer sk_live_abc123xyz789'}


def get_conversations(page=1, per_page=25, **filters):
    params = {'page': page, 'per_page': per_page, **filters}
    response = requests.get(f'{API}/conversations', headers=HEADERS, params=params)
    if response.status_code != 200:
        raise Exception(f'Failed to get conversations: {response.status_code} {response.text}')
    return response.json()


def export_monthly_conversations(year, month):
    start_date = datetime(year, month, 1)
    after = datetime(year + 1, 1, 1) if month == 12 else datetime(year, month + 1, 1)
    end_date = after - timedelta(seconds=1)
    exported = []
    pages = []
    page = 1
    while True:
        response = get_conversations(
            page=page,
            per_page=100,
            start_date=start_date.isoformat(),
            end_date=end_date.isoformat(),
            status='completed',
        )
        exported.extend(response['data'])
        pages.append(page)
        if page >= response['meta']['total_pages']:
            break
        page += 1
    return exported, pages


def all_conversations():
    """The whole list in the other way to page, without any filter."""
    rows = []
    while True:
        params = {'limit': 100, 'offset': len(rows)}
        response = requests.get(f'{API}/conversations', headers=HEADERS, params=params).json()
        rows.extend(response['data'])
        if response['meta']['next_cursor'] is None:
            return rows


def get_conversation_details(conversation_id, include_transcript=True, include_recording=True):
    params = {
        'include_transcript': include_transcript,
        'include_recording': include_recording,
        'include_analytics': True,
    }
    response = requests.get(f'{API}/conversations/{conversation_id}', headers=HEADERS, params=params)
    if response.status_code != 200:
        raise Exception(f'Failed to get conversation: {response.status_code} {response.text}')
    return response.json()


# Recordings of one agent: a date without an offset, with microseconds, and a boolean that travels as `True`.
seven_days_ago = (datetime.now() - timedelta(days=7)).isoformat()
found = get_conversations(
    agent_id='agent_abc123',
    start_date=seven_days_ago,
    has_recording=True,
    status='completed',
    sort_by='duration',
    sort_order='desc',
)
assert set(found) == {'data', 'meta', 'links'}, found
assert found['data'], found
for row in found['data']:
    assert isinstance(row['id'], str) and isinstance(row['duration'], int), row
    assert row['sentiment'] in ('positive', 'neutral', 'negative', None), row

# All of last month: every page of it, and each call once.
today = datetime.now(timezone.utc)
last = today.replace(day=1) - timedelta(days=1)
exported, pages = export_monthly_conversations(last.year, last.month)
assert pages == list(range(1, len(pages) + 1)) and len(pages) > 2, pages
ids = [row['id'] for row in exported]
month = last.strftime('%Y-%m-')
expected = [row['id'] for row in all_conversations() if row['status'] == 'completed' and row['start_time'].startswith(month)]
assert len(set(ids)) == len(ids), 'a call was exported twice'
assert ids == expected, (len(ids), len(expected))

# Booleans travel as True and False, and halve the list.
parts = [get_conversations(has_recording=recorded)['meta']['total'] for recorded in (True, False)]
assert sum(parts) == get_conversations()['meta']['total'] and all(parts), parts

details = get_conversation_details('conv_abc123xyz789')
conversation = details['data']
assert conversation['id'] == 'conv_abc123xyz789', conversation
assert conversation['duration'] == 323 and conversation['sentiment'] == 'positive', conversation
# The docs slice the transcript as if it were a string; their own answer has an object.
assert conversation['transcript']['full_text'].startswith('Agent: Thank you for calling'), conversation
assert get_conversation_details('conv_abc123xyz789', include_transcript=False)['data']['id'] == conversation['id']

# What the docs say of a mistake is what the client gets to see.
response = requests.get(f'{API}/conversations', headers=HEADERS, params={'sentiment': 'angry'})
assert response.status_code == 400, response.text
assert response.json()['error']['valid_values'] == ['positive', 'neutral', 'negative'], response.text
response = requests.get(f'{API}/conversations')
assert (response.status_code, response.json()['error']['code']) == (401, 'missing_api_key'), response.text
