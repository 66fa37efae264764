// What `/_mock/verdicts` says of clients of Node: of each verdict one that behaves well, and one that does not. They go by fetch,
// axios and got, each in a lane of its own, ten at a time.
import assert from 'node:assert';
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.NODE_PATH}/`);
const axios = require('axios');
const { default: got } = await import(pathToFileURL(`${process.env.NODE_PATH}/got/dist/source/index.js`));

const root = process.env.API_URL;
const api = `${root}/v1`;
const call = '/conversations/conv_abc123xyz789';
const list = '/conversations';
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

class Client {
  constructor(lane) {
    this.lane = lane;
    this.headers = { Authorization: `Bearer sk_test_${lane}` };
  }

  /** With a scenario in its lane: one that ships, or one that is brought along. */
  static async with(lane, scenario) {
    const isOwn = typeof scenario === 'object';
    const told = await fetch(`${root}/_mock/scenarios${isOwn ? '' : `/${scenario}/activate`}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Mock-Lane': lane },
      body: JSON.stringify(isOwn ? scenario : {}),
    });
    assert.ok(told.ok, `${lane}: ${await told.text()}`);
    return new Client(lane);
  }

  /** An answer that was read to its end. */
  async get(path, init = {}) {
    const address = path.startsWith('http') ? path : api + path;
    const answer = await fetch(address, { ...init, headers: { ...this.headers, ...init.headers } });
    const text = await answer.text();
    return { ok: answer.ok, status: answer.status, headers: answer.headers, json: () => JSON.parse(text) };
  }

  create(key) {
    const headers = { 'Content-Type': 'application/json', ...(key && { 'Idempotency-Key': key }) };
    return this.get('/contacts', { method: 'POST', headers, body: JSON.stringify({ name: 'Ann' }) });
  }

  async verdict(name) {
    let found;
    // The client may know that an answer broke off before the server has written it down.
    for (let looks = 0; looks < 1000 && (!found || found.outcome === 'moot'); looks += 1) {
      const { verdicts } = await (await fetch(`${root}/_mock/verdicts?lane=${this.lane}`)).json();
      found = verdicts.filter(({ verdict }) => verdict === name).pop();
    }
    return found;
  }
}

const expects = (name, more) => ({ name: 'brought', rules: [{ delay: '1ms' }], expect: [name], ...more });

const once = (client) => client.get(list).catch(() => {});
const walk = (...paths) => async (client) => {
  for (const path of paths) await client.get(path);
};

/** Asks again after each of these waits, in seconds, until it succeeds. */
const waiting = (...waits) => async (client) => {
  for (const wait of waits) {
    if ((await client.get(list)).ok) return;
    await sleep(wait);
  }
  await client.get(list);
};

const asTold = async (client) => {
  for (let tries = 0; tries < 5; tries += 1) {
    const answer = await client.get(list);
    if (answer.ok) return;
    await sleep(Number(answer.headers.get('retry-after')));
  }
};

/** got tries again by itself, with waits that double; here they are a part of what they are for everybody else. */
const gots = (limit, part = 4) => (client) =>
  got(api + list, {
    headers: client.headers,
    retry: { limit, calculateDelay: ({ computedValue }) => computedValue / part },
    throwHttpErrors: false,
  });

/** Retries of its own around those of the library, which it knows nothing of. */
const around = (times, inner) => async (client) => {
  for (let tries = 0; tries < times; tries += 1) {
    if ((await inner(client)).ok) return;
  }
};

const creates = (...keys) => async (client) => {
  for (const key of keys) await client.create(key);
};

const download = (isFresh) => async (client) => {
  let address;
  for (let tries = 0; tries < 3; tries += 1) {
    if (isFresh || !address) address = (await client.get(`${call}/recording`)).json().data.url;
    if ((await fetch(address)).ok) return;
  }
};

const pages = (isLast, keep = true) => async (client) => {
  for (let page = 1; ; page += 1) {
    const filter = keep || page === 1 ? '&status=completed' : '';
    const answer = (await client.get(`${list}?per_page=50&page=${page}${filter}`)).json();
    if (isLast(page, answer)) return;
  }
};
const atTheCount = (page, { meta }) => page >= meta.total_pages;
const atAShortPage = (_, { data }) => data.length < 50;

const poll = (apart) => async (client) => {
  while (!(await client.get(`${call}/transcript`)).ok) await sleep(apart);
};

const untilNothingIsLeft = async (client) => {
  for (let left = 1; left > 0; ) left = Number((await client.get('/agents')).headers.get('x-ratelimit-remaining'));
};

const several = (keepAlive) => async (client) => {
  const agent = new http.Agent({ keepAlive, maxSockets: 1 });
  for (let count = 0; count < 6; count += 1) await axios.get(`${api}/agents`, { headers: client.headers, httpAgent: agent });
  agent.destroy();
};

const untilWhole = async (client) => {
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      return (await client.get(list)).json();
    } catch {
      await sleep(0.1);
    }
  }
};

// Several at once, and their retries at once.
const together = (count, play) => (client) => Promise.all(Array.from({ length: count }, (_, place) => play(client, place)));

/** All pages behind the first are asked for at the same time. */
const pagesAtOnce = (isWhole) => async (client) => {
  const page = (number) => client.get(`${list}?per_page=50&status=completed&page=${number}`);
  const last = (await page(1)).json().meta.total_pages - (isWhole ? 0 : 1);
  await Promise.all(Array.from({ length: last - 1 }, (_, place) => page(last - place)));
};

const createsAgain = (again) => async (client, place) => {
  const key = `${randomUUID()}-${place}`;
  if (!(await client.create(key)).ok) await client.create(again(key));
};

const key = randomUUID();
const firstFour = (operation, then) => ({ rules: [{ when: { operation, call: 'first 4' }, ...then }] });
const failing = { reply: 'internal', delay: '300ms' };
const closing = { rules: [{ when: { operation: 'listAgents' }, fault: 'connection_close' }] };
const limit = { rules: [{ when: { operation: 'listAgents' }, limit: { requests: 4, per: '1h' } }] };
const steps = { steps: [{ when: { operation: 'listAgents' } }, { when: { operation: 'getAgent' } }] };
const order = { before: { first: 'listAgents', then: 'getAgent' } };
const forever = 'server-error-forever-500';

// The verdict, the scenario, who behaves well, and who does not.
const cases = [
  ['waited', 'rate-limited-twice', asTold, waiting(0, 0, 0)],
  ['waited', 'rate-limited-twice', (client) => got(api + list, { headers: client.headers }), gots(4)],
  ['backed_off', forever, waiting(0.1, 0.2, 0.4, 0.8), waiting(1.5, 1.5, 1.5, 1.5)],
  ['backed_off', forever, gots(3), around(3, gots(2, 1))],
  ['gave_up', forever, waiting(0.1, 0.2), waiting(...Array(12).fill(0))],
  ['gave_up', forever, gots(2), around(4, gots(2))],
  ['retried', 'server-error-500', walk(call, call), walk(call)],
  ['no_futile_retry', 'forbidden-403', walk(call), walk(call, call, call)],
  ['safe_retries', 'created-but-500', creates(key, key), creates(null, null)],
  ['same_key', 'created-but-500', creates(key, key), creates(key, randomUUID())],
  ['fresh_url', 'recording-expired', download(true), download(false)],
  ['all_pages', 'pages-short', pages(atTheCount), pages(atAShortPage)],
  ['kept_filters', 'pages-short', pages(atTheCount), pages(atTheCount, false)],
  ['poll_rate', 'transcript-not-ready-404', poll(1.1), poll(0.05)],
  ['under_limit', expects('under_limit', limit), untilNothingIsLeft, walk(...Array(6).fill('/agents'))],
  ['connections', expects('connections'), several(true), several(false)],
  ['read_whole', 'fault-cut', untilWhole, once],
  ['no_secret_in_url', 'key-rejected-401', once, walk('/agents?api_key=sk_test_mine')],
  ['known_only', expects('known_only'), once, walk('/agents?serch=a')],
  ['followed_steps', expects('followed_steps', steps), walk('/agents', '/agents/agent_abc123'), walk('/agents')],
  ['calls', 'pages-next-to-itself', once, walk(...Array(4).fill(`${list}?page=3`))],
  ['never', expects({ never: { operation: 'listContacts' } }), walk('/agents'), walk('/contacts')],
  ['waited', expects('waited', firstFour('listConversations', { reply: { problem: 'rate_limited', retry_after: 1 } })),
    together(4, asTold), together(4, walk(list, list))],
  ['all_pages', 'pages-short', pagesAtOnce(true), pagesAtOnce(false)],
  ['kept_filters', 'pages-short', together(3, pages(atTheCount)), together(3, pages(atTheCount, false))],
  ['retried', expects('retried', firstFour('getConversation', failing)), together(4, walk(call, call)), together(4, walk(call))],
  ['same_key', expects('same_key', firstFour('createContact', failing)),
    together(4, createsAgain((key) => key)), together(4, createsAgain(() => randomUUID()))],
  ['connections', expects('connections', closing), several(true), null],
  ['connections', expects('connections', { rules: [{ delay: '300ms' }] }), together(8, walk('/agents')), null],
  ['before', expects(order), walk('/agents', '/agents/agent_abc123'), walk('/agents/agent_abc123')],
];

const games = cases.flatMap(([name, scenario, ...players], place) =>
  players.map((play, bad) => async () => {
    if (!play) return;
    const client = await Client.with(`node-${name}-${place}-${bad ? 'bad' : 'good'}`, scenario);
    await play(client);
    const verdict = await client.verdict(name);
    if (verdict.outcome !== (bad ? 'failed' : 'passed')) wrong.push({ lane: client.lane, ...verdict });
  }),
);
const wrong = [];
// Ten at a time: a process that has more to do than it can wakes nobody in time.
await Promise.all(
  Array.from({ length: 10 }, async () => {
    for (let game = games.shift(); game; game = games.shift()) await game();
  }),
);
assert.deepEqual(wrong, [], JSON.stringify(wrong, null, 1));
