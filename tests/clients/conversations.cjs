// Conversations through axios, called the way the API's docs show it: only the address is another.
const assert = require('assert');
const axios = require('axios');

const api = `${process.env.API_URL}/v1`;
const headers = { 'Authorization': 'Bearer sk_live_abc123xyz789' };

async function getConversations(options = {}) {
  const names = ['agent_id', 'status', 'sentiment', 'start_date', 'end_date', 'search', 'sort_by', 'sort_order'];
  const params = new URLSearchParams({
    page: options.page || 1,
    per_page: options.per_page || 25,
    ...Object.fromEntries(names.filter(name => options[name]).map(name => [name, options[name]])),
  });
  const response = await axios.get(`${api}/conversations?${params}`, { headers });
  return response.data;
}

async function getConversationDetails(conversationId, options = {}) {
  const params = new URLSearchParams({
    include_transcript: options.include_transcript !== false,
    include_recording: options.include_recording !== false,
    include_analytics: options.include_analytics !== false,
  });
  const response = await axios.get(`${api}/conversations/${conversationId}?${params}`, { headers });
  return response.data;
}

async function updateAgent(agentId, updates) {
  const response = await axios.put(`${api}/agents/${agentId}`, updates, {
    headers: { ...headers, 'Content-Type': 'application/json' },
  });
  return response.data;
}

async function main() {
  // Dates with milliseconds and a Z.
  const sevenDaysAgo = new Date();
  sevenDaysAgo.setDate(sevenDaysAgo.getDate() - 7);
  const list = await getConversations({
    sentiment: 'negative',
    start_date: sevenDaysAgo.toISOString(),
    status: 'completed',
    sort_by: 'start_time',
    sort_order: 'desc',
  });
  assert.equal(typeof list.meta.total, 'number');
  assert.ok(Array.isArray(list.data));
  assert.ok('next' in list.links);

  assert.ok(list.data.every(call => call.sentiment === 'negative' && call.start_time >= sevenDaysAgo.toISOString()));

  // Page after page, until the last one that the first has named; each call once.
  const calls = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const answer = await getConversations({ page, per_page: 100, status: 'completed', sort_by: 'duration', sort_order: 'asc' });
    pages = answer.meta.total_pages;
    calls.push(...answer.data);
  }
  assert.equal(new Set(calls.map(call => call.id)).size, calls.length);
  assert.ok(calls.length > 500 && calls.every((call, n) => n === 0 || calls[n - 1].duration <= call.duration));

  const details = await getConversationDetails('conv_abc123xyz789');
  assert.equal(details.data.duration, 323);
  assert.equal(details.data.sentiment, 'positive');
  assert.equal(details.data.transcript.word_count, 156);

  const updated = await updateAgent('agent_abc123xyz789', {
    system_prompt: 'You are a helpful customer support agent...',
    metadata: { version: '2.0', last_updated_by: 'john@company.com' },
  });
  assert.equal(updated.data.id, 'agent_abc123xyz789');

  // What the docs print in their catch blocks is there to be printed.
  await assert.rejects(getConversations({ start_date: 'yesterday' }), error => {
    assert.deepEqual(error.response.data.error, {
      type: 'invalid_request',
      message: "Invalid date format for 'start_date'. Use ISO 8601 format.",
      code: 'invalid_date_format',
      field: 'start_date',
    });
    return true;
  });
  await assert.rejects(updateAgent('agent_abc123xyz789', { language: 'klingon' }), error => {
    assert.equal(error.response.data.error.message, 'Invalid language code');
    return true;
  });
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
