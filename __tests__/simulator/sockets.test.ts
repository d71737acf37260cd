import { afterEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';

import { parseFault } from '../../simulator/fault-text.ts';
import { memorySockets } from '../../simulator/memory-sockets.ts';
import { type SimulatorOptions, type SocketView } from '../../simulator/server.ts';
import { simulatedClock } from '../support/clock.ts';
import { at, type Lab, openLab, startV1, textAt } from './client.ts';

let lab: Lab;
afterEach(async () => {
  await lab.close();
});

async function open(options: SimulatorOptions = {}): Promise<void> {
  lab = await openLab(options);
}

/** An agent server: its path, key and socket URL, and the first frame for the socket. */
interface Agent {
  readonly path: string;
  readonly key: { readonly 'x-session-api-key': string };
  readonly socket: string;
  readonly first: string;
}

/** Starts a conversation whose agent has just begun. Returns its ids and its agent server. */
async function begin(scenario: string): Promise<Agent & { readonly id: string; readonly sandbox: string }> {
  const { id, sandbox } = await startV1(lab, scenario);
  lab.clock.advance(8);
  return { id, sandbox, ...(await agentOf(id)) };
}

async function agentOf(id: string): Promise<Agent> {
  const { body } = await lab.get(`/api/v1/app-conversations?ids=${id}`);
  const key = textAt(body, '0.session_api_key');
  const url = textAt(body, '0.conversation_url');
  return {
    path: new URL(url).pathname,
    key: { 'x-session-api-key': key },
    socket: url.replace(/^http/, 'ws').replace('/api/conversations/', '/sockets/events/'),
    first: JSON.stringify({ type: 'auth', session_api_key: key }),
  };
}

/** The frames of a socket, and its close code. */
interface Received {
  readonly frames: string[];
  readonly closed: Promise<number>;
  readonly socket: WebSocket;
}

/** Opens a socket and sends the first frame, if any. */
async function listen(url: string, first?: string): Promise<Received> {
  const socket = new WebSocket(url);
  const frames: string[] = [];
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) frames.push(data.toString());
  });
  const closed = new Promise<number>((resolve) => {
    socket.on('close', resolve);
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  if (first !== undefined) socket.send(first);
  return { frames, closed, socket };
}

/** Waits in real time, because the network does not wait for a simulated clock. */
async function until(isTrue: () => boolean): Promise<void> {
  const stopAt = Date.now() + 5000;
  while (!isTrue() && Date.now() < stopAt) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isTrue()).toBe(true);
}

/** Returns the kind of a frame, or its state. */
function summaryOf(frame: string): string {
  const event: unknown = JSON.parse(frame);
  const key = at(event, 'key');
  if (key === 'full_state') return `full: ${String(at(event, 'value.execution_status'))}`;
  return key === 'execution_status' ? String(at(event, 'value')) : String(key ?? at(event, 'kind'));
}

function view(): SocketView {
  const last = lab.simulator.sockets.views.at(-1);
  if (last === undefined) throw new Error('no socket was opened');
  return last;
}

describe('the agent server of a conversation', () => {
  test('has state, cost, answer and events at once, while the app server still lacks the last events', async () => {
    await open();
    const { id, path, key } = await begin('finish');
    lab.clock.advance(17);
    const { body } = await lab.get(path, key);
    expect([at(body, 'execution_status'), at(body, 'metrics.accumulated_cost')]).toEqual(['finished', 0.23]);
    expect(at(body, 'stats.usage_to_metrics.agent.accumulated_cost')).toBe(0.23);
    expect(at(body, 'title')).toBe('Check the README for wrong statements');
    expect((await lab.get(`${path}/agent_final_response`, key)).text).toContain('three wrong statements');
    const newest = 'sort_order=TIMESTAMP_DESC&limit=1';
    const events = await lab.get(`${path}/events/search?${newest}`, key);
    expect(at(events.body, 'items.0.value')).toBe('finished');
    const late = await lab.get(`/api/v1/conversation/${id}/events/search?${newest}`);
    expect(at(late.body, 'items.0.value')).not.toBe('finished');
  });

  test('records a request with an API key as a misuse', async () => {
    await open();
    const { path, key } = await begin('finish');
    await lab.get(path, key);
    expect(lab.simulator.misuses).toEqual([]);
    await lab.get(path, { ...key, authorization: 'Bearer test-key-of-the-account' });
    expect(lab.simulator.misuses).toEqual([`an API key for GET ${path}`]);
  });
});

describe('a socket', () => {
  test('begins with the full state, sends events as they happen, and ends with the full state', async () => {
    await open();
    const { socket, first } = await begin('message');
    const { frames } = await listen(socket, first);
    await until(() => frames.length === 1);
    lab.clock.advance(10);
    await until(() => frames.length >= 10);
    expect(frames.map(summaryOf)).toEqual([
      'full: running',
      'ActionEvent',
      'stats',
      'ObservationEvent',
      'ActionEvent',
      'stats',
      'ObservationEvent',
      'MessageEvent',
      'finished',
      'full: finished',
    ]);
    expect(lab.simulator.misuses).toEqual([]);
  });

  test('resends missed events since a time', async () => {
    await open();
    const { socket, path, key, first } = await begin('finish');
    lab.clock.advance(30);
    const { body } = await lab.get(`${path}/events/search?sort_order=TIMESTAMP_DESC&limit=3`, key);
    const since = textAt(body, 'items.2.timestamp');
    const { frames } = await listen(`${socket}?resend_mode=since&after_timestamp=${since}`, first);
    await until(() => frames.length > 3);
    expect(frames.slice(-1).map(summaryOf)).toEqual(['finished']);
    const all = await listen(`${socket}?resend_mode=all`, first);
    await until(() => all.frames.length > 12);
    expect(all.frames.length).toBeGreaterThan(frames.length);
  });

  test.each([
    ['a wrong key', JSON.stringify({ type: 'auth', session_api_key: 'wrong' })],
    ['a first frame of another kind', JSON.stringify({ role: 'user', content: [] })],
    ['no JSON', 'hello'],
  ])('is closed with 4001 for %s', async (_, first) => {
    await open();
    const { socket } = await begin('finish');
    expect(await (await listen(socket, first)).closed).toBe(4001);
  });

  test('is closed with 4004 for an unknown conversation, and with 1013 over the limit of sockets', async () => {
    await open({ mostSockets: 1 });
    const { socket, first } = await begin('finish');
    const unknown = socket.replace(/[^/]+$/, '0b0b0b0b-1111-5222-8333-444444444444');
    expect(await (await listen(unknown, first)).closed).toBe(4004);
    const { frames } = await listen(socket, first);
    await until(() => frames.length === 1);
    expect(await (await listen(socket, first)).closed).toBe(1013);
  });

  test('treats each frame after the first as a message, and records it as a misuse', async () => {
    await open();
    const { socket, path, key, first } = await begin('finish');
    lab.clock.advance(60);
    const received = await listen(socket, first);
    received.socket.send(
      JSON.stringify({ role: 'user', content: [{ type: 'text', text: 'simulate: stuck' }] }),
    );
    await until(() => view().frames.length === 2);
    lab.clock.advance(60);
    expect(at((await lab.get(path, key)).body, 'execution_status')).toBe('stuck');
    expect(lab.simulator.misuses).toEqual([`a frame after the first on ${new URL(socket).pathname}`]);
  });

  test('records a key in the URL and an API key as misuses', async () => {
    await open();
    const { socket, key } = await begin('finish');
    await listen(`${socket}?session_api_key=${key['x-session-api-key']}`);
    const second = new WebSocket(socket, { headers: { authorization: 'Bearer x' } });
    await new Promise((resolve) => second.on('open', resolve));
    const { pathname } = new URL(socket);
    expect(lab.simulator.misuses).toEqual([
      `a key in the address of ${pathname}`,
      `an API key for ${pathname}`,
    ]);
  });
});

describe('a socket in memory', () => {
  async function openInTime(fault?: string): Promise<{
    readonly clock: ReturnType<typeof simulatedClock>;
    readonly agent: Agent;
    readonly iterate: (timeoutMs: number, signal?: AbortSignal) => AsyncGenerator<string, number>;
  }> {
    const clock = simulatedClock();
    lab = await openLab({ clock: { speed: 1, now: () => clock.date().getTime() } });
    const { simulator } = lab;
    await startV1(lab, 'message');
    await clock.sleep(8000, new AbortController().signal);
    const agent = await agentOf(simulator.conversations[0]?.id ?? '');
    if (fault !== undefined) simulator.order(parseFault(fault));
    const connect = memorySockets({ simulator, clock });
    const never = new AbortController().signal;
    return {
      clock,
      agent,
      iterate: (timeoutMs, signal = never) =>
        connect(agent.socket, { first: agent.first, timeoutMs, signal }),
    };
  }

  test('sends each event at its moment of simulated time', async () => {
    const { clock, iterate } = await openInTime();
    const frames: string[] = [];
    for await (const frame of iterate(3000)) {
      frames.push(`${clock.now() / 1000}: ${summaryOf(frame)}`);
      if (frame.includes('"finished"') && frame.includes('full_state')) break;
    }
    expect(frames).toEqual([
      '8: full: running',
      '8.5: ActionEvent',
      '8.5: stats',
      '9.5: ObservationEvent',
      '12.5: ActionEvent',
      '12.5: stats',
      '13.5: ObservationEvent',
      '15.5: MessageEvent',
      '15.5: finished',
      '15.5: full: finished',
    ]);
    expect(lab.simulator.sockets.views.map(({ closed }) => closed)).toEqual([1000]);
  });
});
