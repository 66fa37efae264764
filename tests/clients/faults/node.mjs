// What Node's fetch and axios make of the faults that are named as `fault:version`, a line of JSON for each.
// Started by ../faults.py.
import { createRequire } from 'node:module';

const axios = createRequire(`${process.env.NODE_PATH}/`)('axios');
const url = `${process.env.API_URL}/v1/conversations?per_page=5`;
const timeout = 2000;

const clients = {
  async fetch(headers) {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(timeout) });
    return answer.json();
  },
  async axios(headers) {
    return (await axios.get(url, { headers, timeout })).data;
  },
};

function told(value) {
  if (typeof value === 'string') return 'text';
  const strange = JSON.stringify(value).includes('\ufffd') ? ', U+FFFD' : '';
  return `${value.data.length} rows${strange}`;
}

function raised(error) {
  let inner = error;
  while (inner.cause) inner = inner.cause;
  const reason = inner.code ?? (inner === error ? undefined : inner.name);
  return typeof reason === 'string' ? `${error.name} (${reason})` : error.name;
}

async function see(client, fault) {
  const headers = { authorization: `Bearer sk_test_${client}-${fault}`, 'x-mock-scenario': fault };
  try {
    return told(await clients[client](headers));
  } catch (error) {
    return raised(error);
  }
}

for (const [fault, version] of process.argv.slice(2).map(word => word.split(':'))) {
  for (const client of Object.keys(clients)) {
    // Neither of them speaks HTTP/2 without TLS.
    const seen = version === '2' ? '–' : await see(client, fault);
    console.log(JSON.stringify({ client, fault, seen }));
  }
}
