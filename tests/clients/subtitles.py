"""Transcripts as subtitles, read by parsers that nobody here wrote: every cue is a message, in time and in words."""

import os
import re

import pysrt
import requests
import webvtt

API = os.environ['API_URL'] + '/v1'
session = requests.Session()
session.headers['Authorization'] = 'Bearer sk_test_subtitles'
CALLS = 20


def get(path, **params):
    response = session.get(f'{API}{path}', params=params)
    assert response.status_code == 200, (response.status_code, response.text)
    return response


def label(message):
    return 'Agent' if message['speaker'] == 'agent' else 'Customer'


def same(call, what, message, times, text, expected):
    start, end = round(message['timestamp'] * 1000), round((message['timestamp'] + message['duration']) * 1000)
    assert times == (start, end), (call, what, times, message)
    assert text == ' '.join(expected.split()), (call, what, text, message)


def check_srt(call, messages, labels):
    text = get(f'/conversations/{call}/transcript', format='srt', speaker_labels=labels).text
    cues = pysrt.from_string(text, error_handling=pysrt.ERROR_RAISE)
    assert [cue.index for cue in cues] == list(range(1, len(messages) + 1)), call
    for cue, message in zip(cues, messages, strict=True):
        expected = f'{label(message)}: {message["text"]}' if labels else message['text']
        same(call, 'srt', message, (cue.start.ordinal, cue.end.ordinal), cue.text, expected)


def check_vtt(call, messages, labels):
    response = get(f'/conversations/{call}/transcript', format='vtt', speaker_labels=labels)
    assert response.headers['content-type'] == 'text/vtt; charset=utf-8', response.headers
    cues = webvtt.WebVTT.from_string(response.text, strict=True)
    for cue, message in zip(cues, messages, strict=True):
        # The parser takes the voice out of the text, and leaves the rest as it is written.
        assert cue.voice == (label(message) if labels else None), (call, cue.raw_text)
        plain = cue.text.replace('&lt;', '<').replace('&gt;', '>').replace('&amp;', '&')
        times = cue.start_time.in_milliseconds(), cue.end_time.in_milliseconds()
        same(call, 'vtt', message, times, plain, message['text'])


def check_text(call, messages):
    lines = get(f'/conversations/{call}/transcript', format='text').text.splitlines()
    for line, message in zip(lines, messages, strict=True):
        hours, minutes, second, speaker, text = re.fullmatch(r'\[(\d\d):(\d\d):(\d\d)\] (\w+): (.*)', line).groups()
        assert int(hours) * 3600 + int(minutes) * 60 + int(second) == int(message['timestamp']), (call, line, message)
        assert (speaker, text) == (label(message), ' '.join(message['text'].split())), (call, line, message)


rows = get('/conversations', has_transcript=True, status='completed', per_page=100).json()['data']
# Every fifth, so that agents and languages differ.
calls = [row['id'] for row in rows[::5]][:CALLS]
assert len(calls) == CALLS, len(rows)
for call in calls:
    messages = get(f'/conversations/{call}/transcript').json()['data']['messages']
    assert messages, call
    check_text(call, messages)
    for labels in (True, False):
        check_srt(call, messages, labels)
        check_vtt(call, messages, labels)
