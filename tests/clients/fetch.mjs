// Node's own fetch, as a page in a browser would use it: a preflight, many requests at a time, a form of its own.
import assert from 'node:assert';

const api = `${process.env.API_URL}/v1`;
const headers = { authorization: 'Bearer sk_test_fetch', origin: 'http://localhost:3000' };

const preflight = await fetch(`${api}/agents/agent_abc123`, {
  method: 'OPTIONS',
  headers: {
    origin: headers.origin,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'authorization,content-type',
  },
});
assert.ok(preflight.ok);
assert.match(preflight.headers.get('access-control-allow-methods'), /PUT/);
assert.match(preflight.headers.get('access-control-allow-headers').toLowerCase(), /authorization/);

const created = await fetch(`${api}/contacts`, {
  method: 'POST',
  headers: { ...headers, 'content-type': 'application/json' },
  body: JSON.stringify({ name: 'Jane Smith', email: 'jane@example.com', phone: '+15555551234', tags: ['prospect'] }),
});
assert.equal(created.status, 201);
assert.equal(created.headers.get('access-control-allow-origin'), '*');
assert.equal(typeof (await created.json()).id, 'string');

// All pages, by the links from one to the next: each call once.
const ids = [];
let pages = 0;
for (let next = `${api}/conversations?status=completed&per_page=100`; next; pages += 1) {
  const page = await (await fetch(next, { headers })).json();
  ids.push(...page.data.map(call => call.id));
  next = page.links.next;
  assert.ok(page.data.every(call => call.status === 'completed'), 'a link has lost the filter');
  assert.equal(next === null, ids.length === page.meta.total);
}
assert.ok(pages > 5, `${pages} pages`);
assert.equal(new Set(ids).size, ids.length);

// Fifty at a time, each with an id of its own.
const answers = await Promise.all(
  ids.slice(0, 50).map((id, n) =>
    fetch(`${api}/conversations/${id}`, { headers: { ...headers, 'x-request-id': `fetch-${n}` } })),
);
assert.deepEqual(answers.map(answer => answer.status), Array(50).fill(200));
assert.deepEqual(answers.map(answer => answer.headers.get('x-request-id')), answers.map((_, n) => `fetch-${n}`));
for (const answer of answers) {
  assert.equal((await answer.json()).data.status, 'completed');
}

const text = await fetch(`${api}/conversations/conv_abc123xyz789/transcript?format=text`, { headers });
assert.match(text.headers.get('content-type'), /^text\/plain; charset=utf-8$/);
assert.match(await text.text(), /^\[00:00:00\] Agent: Thank you for calling/);
