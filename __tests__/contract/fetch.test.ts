import { once } from 'node:events';
import { createServer } from 'node:http';

import { expect, test } from '@jest/globals';
import * as v from 'valibot';

import { failureOf, rejection, testClient } from '../support/client.ts';

test("a 407, of which Node's fetch says nothing, is a login, and the server has not got the request", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = v.parse(v.object({ port: v.number() }), server.address());
  try {
    const origin = `http://127.0.0.1:${port}`;
    const refusal = await rejection(fetch(origin, { method: 'POST', body: '{}' }));
    // The time of a test client jumps past a request that is really sent.
    const refuse = async (): Promise<Response> => {
      await Promise.resolve();
      throw refusal;
    };
    const client = testClient(origin, { fetch: refuse });
    const request = { goal: 'start the thing', path: '/api/thing', shape: v.unknown() };
    const failure = await failureOf(client.sendOnce(request, {}));
    expect(failure.problem.because).toBe('a proxy asks for a login (HTTP 407)');
    expect(failure.problem.advice).not.toContain('succeeded anyway');
  } finally {
    server.close();
  }
});
