"""Recordings, judged by ffprobe and by ear: as long as the call, loud while somebody speaks and silent in between;
fetched in pieces; and refused to whoever has no good address."""

import array
import json
import math
import os
import subprocess
import tempfile
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests

ROOT = os.environ['API_URL']
API = ROOT + '/v1'
session = requests.Session()
session.headers.update({'Authorization': 'Bearer sk_test_recordings', 'X-Mock-Lane': 'recordings', 'X-Mock-Cache': 'off'})
# Addresses need no key.
stranger = requests.Session()
# Samples a second: enough for two voices.
RATE = 4000


def get(path, **params):
    response = session.get(f'{API}{path}', params=params)
    assert response.status_code == 200, (response.status_code, response.text)
    return response.json()


def advance(time):
    response = session.post(f'{ROOT}/_mock/clock', json={'advance': time})
    assert response.status_code == 200, response.text


def details(call):
    return get(f'/conversations/{call}')['data']


def probe(url):
    said = subprocess.run(
        ['ffprobe', '-v', 'error', '-show_entries', 'format=duration:stream=codec_name,channels', '-of', 'json', url],
        check=True, capture_output=True, text=True,
    )
    # Without faults: a decoder that resynchronises says so.
    assert not said.stderr, said.stderr
    return json.loads(said.stdout)


def samples(url):
    raw = subprocess.run(
        ['ffmpeg', '-v', 'error', '-i', url, '-f', 's16le', '-ac', '1', '-ar', str(RATE), '-'],
        check=True, capture_output=True,
    )
    assert not raw.stderr, raw.stderr
    return array.array('h', raw.stdout)


def loudness(sound, start, end):
    """The root mean square of a stretch, in seconds."""
    stretch = sound[int(start * RATE):int(end * RATE)]
    return math.sqrt(sum(sample * sample for sample in stretch) / max(len(stretch), 1))


def listen(call):
    """A decoder is some 30 ms late, so the edges of a turn are left out."""
    recording, messages = call['recording'], call['transcript']['messages']
    sound = samples(recording['url'])
    assert abs(len(sound) / RATE - recording['duration']) < 0.1, (call['id'], len(sound) / RATE, recording)
    spoken = quiet = 0
    end = 0
    for message in messages:
        start = message['timestamp']
        if start - end > 0.4:
            assert loudness(sound, end + 0.15, start - 0.1) < 30, (call['id'], 'silence before', message)
            quiet += 1
        end = max(end, start + message['duration'])
        if message['duration'] > 0.5:
            assert loudness(sound, start + 0.1, start + message['duration'] - 0.1) > 500, (call['id'], 'silent', message)
            spoken += 1
    assert spoken > 3 and quiet > 1, (call['id'], spoken, quiet)


def check_duration(call):
    recording = call['recording']
    assert recording['duration'] == call['duration'], call['id']
    found = probe(recording['url'])
    assert [stream['codec_name'] for stream in found['streams']] == ['mp3'], found
    assert abs(float(found['format']['duration']) - recording['duration']) < 0.1, (call['id'], found, recording)


def check_pieces(url):
    whole = stranger.get(url)
    length = len(whole.content)
    assert (whole.status_code, whole.headers['content-type']) == (200, 'audio/mpeg'), whole.headers
    assert (whole.headers['accept-ranges'], int(whole.headers['content-length'])) == ('bytes', length), whole.headers
    head = stranger.head(url)
    assert (head.status_code, head.content, head.headers['content-length']) == (200, b'', str(length)), head.headers

    def piece(value, **headers):
        return stranger.get(url, headers={'Range': value, **headers})

    for value, start, end in [('bytes=0-0', 0, 1), ('bytes=100-299', 100, 300), (f'bytes={length - 5}-', length - 5, length),
                              ('bytes=-7', length - 7, length), (f'bytes=10-{length * 2}', 10, length)]:
        answer = piece(value)
        assert answer.status_code == 206, (value, answer.status_code)
        assert answer.headers['content-range'] == f'bytes {start}-{end - 1}/{length}', (value, answer.headers)
        assert answer.content == whole.content[start:end], value
    for value in [f'bytes={length}-', f'bytes={length * 9}-{length * 10}']:
        answer = piece(value)
        assert (answer.status_code, answer.headers['content-range']) == (416, f'bytes */{length}'), (value, answer.headers)
    many = 'bytes=' + ','.join(f'{n * 2}-{n * 2}' for n in range(1000))
    for value in ['bytes=5-1', 'lines=1-2', 'bytes=', 'bytes=a-b', 'bytes=0-0,5-5', many]:
        answer = piece(value)
        assert (answer.status_code, len(answer.content)) == (200, length), (value[:40], answer.status_code)

    # A download that broke off goes on where it stopped, unless it is another file by now.
    tag = whole.headers['etag']
    rest = piece(f'bytes={length // 3}-', **{'If-Range': tag})
    assert rest.status_code == 206 and whole.content[:length // 3] + rest.content == whole.content
    assert piece(f'bytes={length // 3}-', **{'If-Range': '"another"'}).status_code == 200
    assert stranger.get(url, headers={'If-None-Match': tag}).status_code == 304
    with tempfile.NamedTemporaryFile() as file:
        file.write(whole.content[:length // 2])
        file.flush()
        subprocess.run(['curl', '--silent', '--show-error', '--fail', '-C', '-', '-o', file.name, url], check=True)
        with open(file.name, 'rb') as again:
            assert again.read() == whole.content


def refused(url, code, session=stranger, **headers):
    answer = session.get(url, headers=headers)
    assert (answer.status_code, answer.json()['error']['code']) == (403, code), (url, answer.status_code, answer.text)
    assert session.head(url, headers=headers).status_code == 403, url


def check_refusals(call, other):
    url = call['recording']['url']
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))

    def address(**changes):
        return urlunsplit(parts._replace(query=urlencode({**query, **changes})))

    assert address() == url, url
    refused(urlunsplit(parts._replace(query='')), 'recording_signature_missing')
    refused(urlunsplit(parts._replace(query=parts.query.rsplit('&', 1)[0])), 'recording_signature_missing')
    invalid = 'recording_signature_invalid'
    refused(address(signature=query['signature'][:-1] + ('0' if query['signature'][-1] != '0' else '1')), invalid)
    refused(address(signature=query['signature'].upper() + 'A'), invalid)
    for expires in (int(query['expires']) + 1, 0, -1, 292277026596, 10 ** 30, 'never', ''):
        refused(address(expires=expires), invalid)
    refused(address(lane='default'), invalid)
    refused(url + '&lane=' + query['lane'], invalid)
    refused(url.replace(parts.query, '&'.join(reversed(parts.query.split('&')))), invalid)
    refused(url.replace(call['id'], other['id']), invalid)
    refused(url, 'recording_wrong_lane', **{'X-Mock-Lane': 'somebody-else'})


def check_expiry(call):
    url = call['recording']['url']
    assert stranger.get(url).status_code == 200, url
    advance('32d')
    refused(url, 'recording_url_expired')
    # What was changed is told before what is too late.
    refused(url + '0', 'recording_signature_invalid')
    for fresh in (details(call['id'])['recording']['url'], get(f'/conversations/{call["id"]}/recording')['data']['url']):
        assert fresh != url and stranger.get(fresh).status_code == 200, fresh


# A call of more than an hour comes to its end, and its recording is made.
LONG = 'conv_m2x7bd93rwy6'
advance('27m')
rows = get('/conversations', has_recording=True, has_transcript=True, status='completed', max_duration=400, per_page=100)
calls = [details(row['id']) for row in rows['data'][::20]][:4]
long = details(LONG)
assert len(calls) == 4 and long['recording']['duration'] > 3600, long
for call in [*calls, long]:
    check_duration(call)
for call in calls[:2]:
    listen(call)
check_pieces(calls[0]['recording']['url'])
check_refusals(calls[0], calls[1])
check_expiry(calls[0])
