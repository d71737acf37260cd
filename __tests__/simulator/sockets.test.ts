import { afterEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';

import { parseFault } from '../../simulator/fault-text.ts';
import { memorySockets } from '../../simulator/memory-sockets.ts';
import { type SimulatorOptions, type SocketView } from '../../simulator/server.ts';
import { simulatedClock } from '../support/clock.ts';
import { at, type Lab, listAt, openLab, startV1, textAt } from './client.ts';

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

  test('lists several conversations and refuses invalid ids', async () => {
    await open();
    const { id, sandbox, key } = await begin('finish');
    const list = `/agent-server/${sandbox}/api/conversations`;
    const other = '0b0b0b0b-1111-5222-8333-444444444444';
    const { body } = await lab.get(`${list}?ids=${id}&ids=${other}`, key);
    expect([at(body, '0.execution_status'), at(body, '1')]).toEqual(['running', null]);
    expect((await lab.get(`${list}?ids=x`, key)).status).toBe(422);
    expect((await lab.get(`${list}/${other}`, key)).status).toBe(404);
    expect((await lab.get(`${list}/${other}`, { 'x-session-api-key': 'wrong' })).status).toBe(401);
  });

  test('filters events by kind and by time, with or without a zone, and has pages', async () => {
    await open();
    const { path, key } = await begin('finish');
    lab.clock.advance(30);
    const search = async (query: string): Promise<unknown> =>
      (await lab.get(`${path}/events/search?${query}`, key)).body;
    const all = listAt(await search(''), 'items');
    const actions = listAt(await search('kind=ActionEvent'), 'items');
    expect(actions.map((each) => at(each, 'tool_name'))).toEqual([
      'terminal',
      'terminal',
      'file_editor',
      'terminal',
      'finish',
    ]);
    const since = String(at(all.at(-2), 'timestamp'));
    for (const time of [since, `${since}Z`])
      expect(listAt(await search(`timestamp__gte=${time}`), 'items').map((each) => at(each, 'id'))).toContain(
        at(all.at(-1), 'id'),
      );
    const page = await search('limit=3');
    expect(listAt(await search(`limit=3&page_id=${textAt(page, 'next_page_id')}`), 'items')).toEqual(
      all.slice(3, 6),
    );
  });

  test('runs the agent for a message with run: true only', async () => {
    await open();
    const { path, key } = await begin('finish');
    lab.clock.advance(60);
    const send = async (run: boolean): Promise<unknown> => {
      const content = [{ type: 'text', text: 'simulate: error' }];
      expect((await lab.post(`${path}/events`, { role: 'user', content, run }, key)).status).toBe(200);
      lab.clock.advance(60);
      return at((await lab.get(path, key)).body, 'execution_status');
    };
    expect(await send(false)).toBe('finished');
    expect(await send(true)).toBe('error');
    expect((await lab.post(`${path}/events`, { role: 'nobody' }, key)).status).toBe(422);
  });

  test('records a request with an API key as a misuse', async () => {
    await open();
    const { path, key } = await begin('finish');
    await lab.get(path, key);
    expect(lab.simulator.misuses).toEqual([]);
    await lab.get(path, { ...key, authorization: 'Bearer test-key-of-the-account' });
    expect(lab.simulator.misuses).toEqual([`an API key for GET ${path}`]);
  });

  test('can have another address', async () => {
    await open({ agentServers: 'http://192.0.2.1:9999' });
    const { socket } = await begin('finish');
    expect(socket).toMatch(/^ws:\/\/192\.0\.2\.1:9999\/agent-server\/.*\/sockets\/events\//);
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

  test('is closed with 4001 after ten seconds without a key', async () => {
    await open();
    const { socket } = await begin('finish');
    const { closed } = await listen(socket);
    lab.clock.advance(9.9);
    lab.simulator.sockets.tick();
    expect(view().closed).toBeUndefined();
    lab.clock.advance(0.2);
    expect(await closed).toBe(4001);
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

  test('sends nothing and stays open while the sandbox is paused', async () => {
    await open({ kind: 'self-hosted' });
    const { socket, sandbox, first } = await begin('finish');
    const { frames } = await listen(socket, first);
    await until(() => frames.length === 1);
    await lab.post(`/api/v1/sandboxes/${sandbox}/pause`);
    lab.clock.advance(600);
    lab.simulator.sockets.tick();
    expect([view().sent, view().closed]).toEqual([1, undefined]);
    await lab.post(`/api/v1/sandboxes/${sandbox}/resume`);
    lab.clock.advance(60);
    await until(() => frames.map(summaryOf).includes('finished'));
  });

  test('is closed with 1012 when the conversation is deleted', async () => {
    await open();
    const { socket, first } = await begin('deleting');
    const { closed } = await listen(socket, first);
    await until(() => view().sent === 1);
    lab.clock.advance(60);
    expect(await closed).toBe(1012);
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

  test('is recorded as a request, and fails without a sandbox', async () => {
    await open();
    const { socket, first } = await begin('paused');
    await listen(socket, first);
    expect(lab.simulator.requests.at(-1)).toMatchObject({ method: 'GET', status: 101 });
    lab.clock.advance(60);
    await expect(listen(socket)).rejects.toThrow('502');
    await expect(listen(socket.replace(/sockets.*/, 'sockets/x'))).rejects.toThrow('502');
  });
});

describe('a fault of a socket', () => {
  const PATH = '/agent-server/*/sockets/*';
  async function receivedWith(fault: string): Promise<Received> {
    await open();
    const { socket, first } = await begin('finish');
    lab.simulator.order(parseFault(`${PATH} ${fault}`));
    const all = await listen(socket, first);
    await until(() => view().frames.length === 1);
    lab.clock.advance(60);
    return all;
  }

  test.each([
    ['503', '503'],
    ['page', '200'],
    ['reset', 'socket hang up'],
  ])('%s refuses the socket', async (fault, why) => {
    await expect(receivedWith(fault)).rejects.toThrow(why);
  });

  test('silent sends no frames', async () => {
    const { frames } = await receivedWith('silent');
    await lab.get('/');
    expect([frames, view().frames.length, view().closed]).toEqual([[], 1, undefined]);
  });

  test('garbage sends frames that are not JSON', async () => {
    const { frames } = await receivedWith('garbage');
    await until(() => frames.length > 3);
    expect(new Set(frames)).toEqual(new Set(['<<<this is no JSON>>>']));
  });

  test('huge sends a first frame of more than 1 MiB', async () => {
    const { frames } = await receivedWith('huge');
    await until(() => frames.length > 1);
    expect(frames[0]?.length).toBeGreaterThan(1024 * 1024);
    expect(frames[1]?.length).toBeLessThan(1024 * 1024);
  });

  test.each([
    ['close=4001', 0, 4001],
    ['close=1013/1', 1, 1013],
    ['close=1006/3', 3, 1006],
  ])('%s closes the socket after %d frames with %d', async (fault, count, code) => {
    const { frames, closed } = await receivedWith(fault);
    expect(await closed).toBe(code);
    expect(frames).toHaveLength(count);
  });

  test('slow delays each frame', async () => {
    const { frames } = await receivedWith('slow=90');
    lab.simulator.sockets.tick();
    expect(view().sent).toBe(0);
    lab.clock.advance(60);
    await until(() => frames.length > 0);
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

  test.each([
    ['/agent-server/*/sockets/* 503', 1006, 8],
    ['/agent-server/*/sockets/* hang', 1006, 11],
    ['/agent-server/*/sockets/* huge', 1009, 8],
    ['/agent-server/*/sockets/* close=4004/2', 4004, 8.5],
  ])('is closed at the right time with %s', async (fault, code, endsAt) => {
    const { clock, iterate } = await openInTime(fault);
    const frames = iterate(3000);
    let next = await frames.next();
    while (next.done !== true) next = await frames.next();
    expect(next.value).toBe(code);
    expect(clock.now() / 1000).toBe(endsAt);
  });

  test('is closed when its client aborts', async () => {
    const { clock, iterate } = await openInTime('* silent');
    const left = new AbortController();
    const reason = new Error('enough');
    void clock.sleep(60_000, new AbortController().signal).then(() => {
      left.abort(reason);
    });
    const read = async (): Promise<void> => {
      for await (const frame of iterate(3000, left.signal)) throw new Error(frame);
    };
    await expect(read()).rejects.toBe(reason);
    expect(lab.simulator.sockets.views.map(({ closed }) => closed)).toEqual([1000]);
  });

  test('sends events that a request causes', async () => {
    const { clock, agent, iterate } = await openInTime();
    const frames: string[] = [];
    for await (const frame of iterate(3000)) {
      frames.push(summaryOf(frame));
      if (frames.length === 1)
        void fetch(`${lab.simulator.url}${agent.path}/interrupt`, { method: 'POST', headers: agent.key });
      if (frames.at(-1) === 'full: paused') break;
    }
    expect(frames.slice(-2)).toEqual(['paused', 'full: paused']);
    expect(clock.now()).toBeGreaterThanOrEqual(8000);
  });
});
