// Clients of Node's own fetch, well-behaved and not: each argument is a verdict and a manner, such as `waited-good`.
const api = `${process.env.API_URL}/v1`;
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

const send = async (lane, path, init = {}) => {
    const headers = { Authorization: `Bearer sk_test_node-${lane}`, ...init.headers };
    const answer = await fetch(api + path, { ...init, headers });
    await answer.arrayBuffer();
    return answer;
};

const create = (lane, key) =>
    send(lane, '/contacts', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
        body: JSON.stringify({ name: 'Ann' }),
    });

const players = {
    'waited-good': async (lane) => {
        for (let tries = 0; tries < 5; tries += 1) {
            const answer = await send(lane, '/conversations');
            if (answer.ok) return;
            await sleep(Number(answer.headers.get('retry-after')));
        }
    },
    'waited-bad': async (lane) => {
        while (!(await send(lane, '/conversations')).ok);
    },
    // Equal jitter: half of each wait is certain.
    'backed_off-good': async (lane) => {
        for (let wait = 0.2; wait < 2; wait *= 2) {
            await send(lane, '/conversations');
            await sleep(wait / 2 + (Math.random() * wait) / 2);
        }
    },
    'backed_off-bad': async (lane) => {
        for (let tries = 0; tries < 5; tries += 1) {
            await send(lane, '/conversations');
            await sleep(0.3);
        }
    },
    'same_key-good': async (lane) => {
        const key = crypto.randomUUID();
        await create(lane, key);
        await create(lane, key);
    },
    'same_key-bad': async (lane) => {
        await create(lane, crypto.randomUUID());
        await create(lane, crypto.randomUUID());
    },
};

await Promise.all(process.argv.slice(2).map((lane) => players[lane](lane)));
