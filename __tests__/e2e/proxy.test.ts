import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { connect } from 'node:net';

import { afterAll, describe, expect, test } from '@jest/globals';

import { act, expectFailure, MESSAGE, simulate } from '../support/act.ts';

describe('a proxy', () => {
  interface Proxy {
    readonly url: string;
    readonly asked: readonly string[];
  }

  const proxies: Server[] = [];

  afterAll(() => {
    for (const server of proxies) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** Starts a proxy that sends every request to one server, whatever host the request names. */
  async function proxyTo(target: string): Promise<Proxy> {
    const { hostname, port } = new URL(target);
    const asked: string[] = [];
    const server = createServer((incoming, outgoing) => {
      asked.push(new URL(incoming.url ?? '').host);
      const { pathname, search } = new URL(incoming.url ?? '');
      const onward = request(
        { hostname, port, path: pathname + search, method: incoming.method, headers: incoming.headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      incoming.pipe(onward);
    });
    server.on('connect', (incoming, socket) => {
      asked.push(incoming.url ?? '');
      const onward = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.pipe(socket);
        socket.pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    proxies.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const proxyPort = typeof address === 'object' && address !== null ? address.port : 0;
    return {
      url: `http://127.0.0.1:${proxyPort}`,
      asked,
    };
  }

  const inputs = { message: MESSAGE, 'base-url': 'http://openhands.internal:3000', 'allow-http': 'true' };

  test('is used for other machines', async () => {
    const simulator = await simulate();
    const proxy = await proxyTo(simulator.url);
    const run = await act(inputs, { env: { HTTP_PROXY: proxy.url } });
    if (run.log.includes('cannot use it')) {
      // An older Node cannot use a proxy: the action warns, and connects without it.
      expect(run.annotations).toContainEqual(expect.objectContaining({ level: 'warning' }));
      return;
    }
    expect(run.exitCode).toBe(0);
    expect(proxy.asked).toContain('openhands.internal:3000');
    expect(simulator.conversations).toHaveLength(1);
  });

  test('gets CONNECT for https, from the requests to OpenHands and those of Octokit', async () => {
    const simulator = await simulate();
    const proxy = await proxyTo(simulator.url);
    const run = await act(
      { ...inputs, 'base-url': 'https://openhands.internal', 'idempotency-key': 'x', 'timeout-seconds': '4' },
      {
        env: { HTTPS_PROXY: proxy.url },
        event: { name: 'issue_comment', payload: { issue: { number: 1 } } },
        github: { api_url: 'https://github.internal' },
      },
    );
    expect(run.exitCode).toBe(1);
    if (!run.log.includes('cannot use it'))
      expect(new Set(proxy.asked)).toEqual(new Set(['openhands.internal:443', 'github.internal:443']));
  });

  test('is not used for the same machine', async () => {
    const simulator = await simulate();
    const run = await act(
      { message: MESSAGE, 'base-url': simulator.url },
      {
        env: { HTTP_PROXY: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'example.com' },
      },
    );
    expect(run.exitCode).toBe(0);
  });

  test('is not used for the hosts in NO_PROXY', async () => {
    const simulator = await simulate();
    const proxy = await proxyTo(simulator.url);
    const run = await act(inputs, { env: { HTTP_PROXY: proxy.url, NO_PROXY: 'openhands.internal' } });
    expect(run.exitCode).toBe(1);
    expect(proxy.asked).toEqual([]);
  });
});

test('an invalid proxy URL is reported by the name of its variable, not by its value', async () => {
  const run = await act(
    { message: MESSAGE, 'base-url': 'https://openhands.internal' },
    { env: { HTTPS_PROXY: 'http://user:hunter2@proxy corp:3128' } },
  );
  expect(run.rawLog).not.toContain('hunter2');
  expectFailure(
    run,
    'start-failed',
    /HTTPS_PROXY is not the address of a proxy\. What to do: correct HTTPS_PROXY/,
  );
});
