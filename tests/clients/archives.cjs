// The journal as an archive (HAR), judged by its schemas, and opened by what Chromium's DevTools open archives with.
const assert = require('assert');
const path = require('path');
const esbuild = require('esbuild');
const { har: validate } = require('har-validator');

const root = process.env.API_URL;
const lane = 'archive';
const key = { Authorization: `Bearer sk_test_${lane}` };

const json = { 'Content-Type': 'application/json' };
const asked = [
  ['GET', '/v1/conversations?page=2&search=a+b%21&status=completed'],
  ['GET', '/v1/conversations?page=<b>%00%FF'],
  ['PUT', '/v1/agents/agent_abc123', json, JSON.stringify({ name: 'Größe \u2028 </script>' })],
  ['POST', '/v1/contacts', json, Buffer.from([0x7b, 0xff, 0xfe, 0x00])],
  ['POST', '/v1/contacts', { 'Content-Type': 'text/plain' }, 'no JSON'],
  ['HEAD', '/v1/agents'],
  ['OPTIONS', '/v1/agents'],
  ['DELETE', '/v1/nothing'],
  ['GET', '/v1/conversations/conv_abc123xyz789/transcript?format=srt'],
];

// DevTools' own importer, out of their sources. They are written for a build of theirs, which makes the list of locales, and for a
// browser; in its place they are told of Node, which they know as well.
async function importer() {
  const front = path.join(path.dirname(require.resolve('chrome-devtools-frontend/package.json')), 'front_end');
  const replaced = {
    name: 'replaced',
    setup(build) {
      build.onResolve({ filter: /\/locales\.js$/ }, ({ path }) => ({ path, namespace: 'locales' }));
      build.onLoad({ filter: /./, namespace: 'locales' }, () => ({
        contents: `export const LOCALES = ['en-US'], BUNDLED_LOCALES = LOCALES, DEFAULT_LOCALE = 'en-US';
                   export const REMOTE_FETCH_PATTERN = '', LOCAL_FETCH_PATTERN = '';`,
      }));
      build.onLoad({ filter: /core.platform.HostRuntime\.ts$/ }, ({ path: file }) => ({
        contents: `export { HOST_RUNTIME } from './node/HostRuntime.js'; export const IS_NODE = true, IS_BROWSER = false;`,
        resolveDir: path.dirname(file),
      }));
    },
  };
  const { outputFiles } = await esbuild.build({
    stdin: { contents: `export { HARFormat, Importer } from './models/har/har.ts';`, resolveDir: front },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
    plugins: [replaced],
  });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', outputFiles[0].text)(module, module.exports, require);
  return module.exports;
}

async function main() {
  await fetch(`${root}/_mock/scenarios/fault-cut/activate`, { method: 'POST', headers: { ...json, 'X-Mock-Lane': lane }, body: '{}' });
  const answers = [];
  for (const [method, target, headers, body] of asked) {
    const answer = await fetch(root + target, { method, headers: { ...key, ...headers }, body }).catch((error) => error);
    const bytes = answer.arrayBuffer && (await answer.arrayBuffer().catch(() => null));
    answers.push({ status: answer.status, bytes: bytes && Buffer.from(bytes) });
  }
  const archive = await (await fetch(`${root}/_mock/journal?format=har&lane=${lane}`)).json();
  assert.equal(archive.log.entries.length, asked.length);
  await validate(archive).catch(({ errors, message }) => assert.fail(JSON.stringify(errors) || message));
  // The judge must be one: it refuses what lacks something.
  const { startedDateTime, ...rest } = archive.log.entries[0];
  await assert.rejects(validate({ log: { ...archive.log, entries: [rest] } }));

  const { HARFormat, Importer } = await importer();
  const requests = Importer.Importer.requestsFromHARLog(new HARFormat.HARRoot(archive).log);
  assert.equal(requests.length, asked.length);
  for (const [place, [method, target]] of asked.entries()) {
    const [request, answer] = [requests[place], answers[place]];
    assert.equal(request.requestMethod, method, target);
    assert.equal(new URL(request.url()).href, new URL(root + target).href);
    assert.ok(request.finished, target);
    // The first answer broke off, and the client has neither all of it nor, perhaps, its status.
    if (place > 0) assert.equal(request.statusCode, answer.status, target);
    if (answer.bytes && method !== 'HEAD') {
      const content = await request.requestContentData();
      const text = content.isTextContent ? Buffer.from(content.text) : Buffer.from(content.base64, 'base64');
      assert.deepEqual(text, answer.bytes, target);
    }
    assert.equal(request.requestHeaderValue('authorization'), '***', target);
  }
  const form = await requests[2].requestFormData();
  assert.equal(form, asked[2][3]);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
