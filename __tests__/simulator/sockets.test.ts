import { setTimeout } from 'node:timers/promises';

import { describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';

import { at, type Lab, openLab, startV1, textAt } from './client.ts';

let lab: Lab;

/** The agent server of the only conversation: its path, key and socket URL, and the first frame for the socket. */
interface Agent {
  readonly path: string;
  readonly key: { readonly 'x-session-api-key': string };
  readonly socket: string;
  readonly first: string;
}

async function agent(): Promise<Agent> {
  const { body } = await lab.get(`/api/v1/app-conversations?ids=${lab.simulator.conversations[0]?.id ?? ''}`);
  const key = textAt(body, '0.session_api_key');
  const url = textAt(body, '0.conversation_url');
  return {
    path: new URL(url).pathname,
    key: { 'x-session-api-key': key },
    socket: url.replace(/^http/, 'ws').replace('/api/conversations/', '/sockets/events/'),
    first: JSON.stringify({ type: 'auth', session_api_key: key }),
  };
}

/** Starts a conversation whose agent has just begun. */
async function begin(): Promise<Agent> {
  lab = await openLab();
  await startV1(lab, 'finish');
  lab.clock.advance(8);
  return agent();
}

async function opened(url: string, headers = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers });
  await new Promise((resolve) => socket.on('open', resolve));
  return socket;
}

describe('a misuse of the agent server is recorded:', () => {
  test('a request with an API key', async () => {
    const { path, key } = await begin();
    await lab.get(path, key);
    expect(lab.simulator.misuses).toEqual([]);
    await lab.get(path, { ...key, authorization: 'Bearer test-key-of-the-account' });
    expect(lab.simulator.misuses).toEqual([`an API key for GET ${path}`]);
  });

  test('a second frame on a socket, which is a message to the agent', async () => {
    const { socket, path, key, first } = await begin();
    lab.clock.advance(60);
    const sender = await opened(socket);
    sender.send(first);
    sender.send(JSON.stringify({ role: 'user', content: [{ type: 'text', text: 'simulate: stuck' }] }));
    // The network does not wait for a simulated clock.
    while (lab.simulator.sockets.views[0]?.frames.length !== 2) await setTimeout(5);
    lab.clock.advance(60);
    expect(at((await lab.get(path, key)).body, 'execution_status')).toBe('stuck');
    expect(lab.simulator.misuses).toEqual([`a frame after the first on ${new URL(socket).pathname}`]);
  });

  test('a key in the address of a socket, and an API key for a socket', async () => {
    const { socket, key } = await begin();
    await opened(`${socket}?session_api_key=${key['x-session-api-key']}`);
    await opened(socket, { authorization: 'Bearer x' });
    const { pathname } = new URL(socket);
    expect(lab.simulator.misuses).toEqual([
      `a key in the address of ${pathname}`,
      `an API key for ${pathname}`,
    ]);
  });
});
