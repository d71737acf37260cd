import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { createServer as createTcpServer, type Server, Socket } from 'node:net';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';

import { describe, expect, test } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';

import { openWebSocket, type SocketOptions } from '../../src/http/web-socket.ts';
import { memberOf } from '../../src/text/data.ts';
import { afterTest } from '../support/after-test.ts';
import { rejection } from '../support/client.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const never = new AbortController().signal;
const first = '{"type":"auth"}';
const patient = { timeoutMs: 5_000, silentMs: 60_000, isUrgent: () => false, signal: never };

/** What a server received from its only client. */
interface Seen {
  readonly frames: string[];
  /** Resolves with the close code of the client. */
  readonly left: Promise<number>;
  request?: IncomingMessage;
}

/** Starts a server with all extensions. It calls `act` with each connection. */
async function serve(act: (socket: WebSocket) => void): Promise<Seen & { readonly url: string }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true });
  afterTest(() => {
    server.clients.forEach((client) => {
      client.terminate();
    });
    server.close();
  });
  await once(server, 'listening');
  const left = Promise.withResolvers<number>();
  const seen: Seen = { frames: [], left: left.promise };
  server.on('connection', (socket, request) => {
    seen.request = request;
    socket.on('message', (data) => seen.frames.push(Buffer.isBuffer(data) ? data.toString() : ''));
    socket.on('close', (code) => {
      left.resolve(code);
    });
    socket.on('error', () => undefined);
    act(socket);
  });
  return Object.assign(seen, { url: `ws://127.0.0.1:${portOf(server.address())}/sockets/events/1` });
}

/** Starts a server of raw TCP connections. */
async function serveBytes(act: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server: Server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    act(socket);
  });
  afterTest(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `ws://127.0.0.1:${portOf(server.address())}/`;
}

/** Starts a server that accepts a socket, and sends these bytes in one piece. */
async function serveFrames(frames: Buffer, act: (socket: Socket) => void = () => undefined): Promise<string> {
  return serveBytes((socket) => {
    socket.once('data', (data) => {
      const [, key = ''] = /sec-websocket-key: (\S+)/i.exec(data.toString()) ?? [];
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      act(socket);
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
      );
      socket.write(frames);
    });
  });
}

/** Returns a frame with a text. */
function textFrame(text: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(text.length));
  const short =
    text.length < 126
      ? [text.length]
      : text.length < 65_536
        ? [126, ...length.subarray(6)]
        : [127, ...length];
  return Buffer.concat([Buffer.from([0x81, ...short]), Buffer.from(text)]);
}

function portOf(address: ReturnType<Server['address']>): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Returns all frames, and the close code. */
async function all(
  url: string,
  options: Partial<SocketOptions> = {},
): Promise<{ readonly frames: readonly string[]; readonly code: number }> {
  const frames: string[] = [];
  const socket = openWebSocket(url, { ...patient, ...options });
  for (;;) {
    const next = await socket.next();
    if (next.done === true) return { frames, code: next.value };
    frames.push(...next.value);
  }
}

describe('a socket', () => {
  test('sends the first frame and nothing else, and yields the frames of the server', async () => {
    const server = await serve((socket) => {
      socket.once('message', () => {
        socket.send('one');
        socket.send(Buffer.from('binary'));
        socket.ping('hello?');
        socket.ping('are you there?');
        socket.once('pong', (data) => {
          socket.send(`pong ${data.toString()}`);
          socket.close(4001, 'no');
        });
      });
    });
    expect(await all(server.url, { first })).toEqual({
      frames: ['one', 'binary', 'pong are you there?'],
      code: 4001,
    });
    expect(server.frames).toEqual([first]);
  });

  test('yields frames in batches, and an urgent one at once with those before it', async () => {
    const timers: NodeJS.Timeout[] = [];
    afterTest(() => {
      timers.forEach(clearTimeout);
    });
    const server = await serve((socket) => {
      ['one', 'two', 'urgent', 'later'].forEach((frame, index) => {
        timers.push(
          setTimeout(() => {
            socket.send(frame);
          }, [0, 20, 40, 500][index]),
        );
      });
    });
    const socket = openWebSocket(server.url, { ...patient, isUrgent: (frame) => frame === 'urgent' });
    expect((await socket.next()).value).toEqual(['one', 'two', 'urgent']);
    await socket.return(0);
  });

  test('yields few batches, however many frames come one after another', async () => {
    const sent = Array.from({ length: 40 }, (_, index) => `frame ${index}`);
    const server = await serve((socket) => {
      const left = [...sent];
      const timer = setInterval(() => {
        const frame = left.shift();
        if (frame === undefined) socket.close(4001);
        else socket.send(frame);
      }, 10);
      socket.on('close', () => {
        clearInterval(timer);
      });
    });
    const batches: (readonly string[])[] = [];
    for await (const batch of openWebSocket(server.url, patient)) batches.push(batch);
    expect(batches.flat()).toEqual(sent);
    expect(batches.length).toBeLessThan(5);
  });

  test('offers no compression, and has no credentials in its request', async () => {
    const server = await serve((socket) => {
      socket.close(1000);
    });
    await all(server.url, { first });
    const { headers, url } = server.request ?? {};
    expect(url).toBe('/sockets/events/1');
    expect(Object.keys(headers ?? {}).toSorted()).toEqual([
      'connection',
      'host',
      'sec-websocket-key',
      'sec-websocket-version',
      'upgrade',
    ]);
  });

  test('accepts a frame of 1 MiB', async () => {
    const server = await serve((socket) => {
      socket.send('x'.repeat(MIB));
      socket.close(1000);
    });
    const { frames, code } = await all(server.url);
    expect([frames.map(({ length }) => length), code]).toEqual([[MIB], 1000]);
  });

  test.each([
    ['in one piece', ['x'.repeat(MIB + 1)]],
    ['in pieces', ['x'.repeat(MIB), 'x']],
  ])('is closed by a larger frame, sent %s', async (_, pieces) => {
    const server = await serve((socket) => {
      pieces.forEach((piece, index) => {
        socket.send(piece, { fin: index === pieces.length - 1 });
      });
    });
    const { frames, code } = await all(server.url);
    expect(frames).toEqual([]);
    expect([1006, 1009]).toContain(code);
    expect(await server.left).toBe(1009);
  });

  test('holds the server back while its frames are not read', async () => {
    let sender: WebSocket | undefined;
    const server = await serve((socket) => {
      sender = socket;
      for (let count = 0; count < 20; count += 1) socket.send('x'.repeat(MIB));
      socket.close(1000);
    });
    const socket = openWebSocket(server.url, patient);
    let next = await socket.next();
    for (let turns = 0; turns < 2_000; turns += 1) await setImmediate();
    expect(sender?.bufferedAmount).toBeGreaterThan(0);
    let count = 0;
    for (; next.done !== true; next = await socket.next()) count += next.value.length;
    expect(count).toBe(20);
  });

  test('is closed by an abort, and throws the reason of the abort', async () => {
    const server = await serve((socket) => {
      socket.send('one');
    });
    const cancel = new AbortController();
    const reason = new Error('enough');
    const socket = openWebSocket(server.url, { ...patient, isUrgent: () => true, signal: cancel.signal });
    await socket.next();
    const next = rejection(socket.next());
    cancel.abort(reason);
    expect(await next).toBe(reason);
    expect(await server.left).toBe(1006);
    expect(await rejection(all(server.url, { signal: cancel.signal }))).toBe(reason);
  });

  test('lets timers and cancels come between any two reads of a flood, and yields none after an abort', async () => {
    const url = await serveFrames(Buffer.concat(Array.from({ length: 20_000 }, () => textFrame('x'))));
    const cancel = new AbortController();
    const reason = new Error('enough');
    const socket = openWebSocket(url, { ...patient, signal: cancel.signal });
    await socket.next();
    void setImmediate().then(() => {
      cancel.abort(reason);
    });
    let count = 0;
    const rest = async (): Promise<void> => {
      while ((await socket.next()).done !== true) count += 1;
    };
    expect(await rejection(rest())).toBe(reason);
    expect(count).toBeLessThan(10);
  });

  test('can be aborted before the server has accepted it', async () => {
    const cancel = new AbortController();
    const reason = new Error('enough');
    const url = await serveBytes(() => {
      cancel.abort(reason);
    });
    expect(await rejection(all(url, { signal: cancel.signal }))).toBe(reason);
  });
});

describe('a socket ends with 1006', () => {
  test('if the server does not accept it in time', async () => {
    const url = await serveBytes(() => undefined);
    expect(await all(url, { timeoutMs: 50 })).toEqual({ frames: [], code: 1006 });
  });

  test('if nothing comes for too long, not even a ping', async () => {
    const silent = await serve(() => undefined);
    expect(await all(silent.url, { silentMs: 50 })).toEqual({ frames: [], code: 1006 });
    const pinging = await serve((socket) => {
      let pings = 0;
      const timer = setInterval(() => {
        if ((pings += 1) < 40) socket.ping();
        else socket.close(4001);
      }, 20);
      socket.on('close', () => {
        clearInterval(timer);
      });
    });
    expect(await all(pinging.url, { silentMs: 600 })).toEqual({ frames: [], code: 4001 });
  });

  test('if there is no server', async () => {
    expect((await all('ws://127.0.0.1:1/')).code).toBe(1006);
  });

  test.each([
    'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: other\r\nconnection: upgrade\r\n\r\n',
    '',
  ])('if the answer is %j', async (answer) => {
    const url = await serveBytes((socket) => {
      socket.once('data', () => socket.end(answer));
    });
    expect((await all(url)).code).toBe(1006);
  });

  test('if it is redirected, and the redirect is not followed', async () => {
    let asked = 0;
    const other = await serveBytes((socket) => {
      asked += 1;
      socket.destroy();
    });
    const location = other.replace('ws:', 'http:');
    const url = await serveBytes((socket) => {
      socket.once('data', () =>
        socket.end(`HTTP/1.1 307 Go\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`),
      );
    });
    expect((await all(url)).code).toBe(1006);
    expect(asked).toBe(0);
  });
});

describe('pings without end', () => {
  test('let timers and cancels come in between', async () => {
    const PINGS = 20_000;
    const pings = Buffer.alloc(2 * PINGS, Buffer.from([0x89, 0]));
    const url = await serveFrames(Buffer.concat([pings, textFrame('done')]));
    const socket = openWebSocket(url, { ...patient, isUrgent: () => true });
    const over = new AbortController();
    const next = socket.next().finally(() => {
      over.abort();
    });
    let turns = 0;
    for (; !over.signal.aborted; turns += 1) await setImmediate();
    expect((await next).value).toEqual(['done']);
    await socket.return(0);
    expect(turns).toBeGreaterThan(PINGS / 10);
  });

  test('end at once with a cancel', async () => {
    let connection: Socket | undefined;
    const url = await serveFrames(Buffer.alloc(32 * MIB, Buffer.from([0x89, 0])), (socket) => {
      connection = socket;
    });
    const cancel = new AbortController();
    const reason = new Error('enough');
    const end = rejection(all(url, { signal: cancel.signal }));
    while ((connection?.bytesWritten ?? 0) < MIB) await setImmediate();
    cancel.abort(reason);
    expect(await end).toBe(reason);
    // The system's buffers have the rest.
    expect(connection?.writableLength).toBeGreaterThan(16 * MIB);
  });

  test('are answered once a second at most, so that a server that reads no answer does not fill the memory', async () => {
    const PINGS = 100_000;
    // A control frame of the largest size. The answer has a mask of four more bytes.
    const ping = Buffer.concat([Buffer.from([0x89, 125]), Buffer.alloc(125)]);
    let connection: Socket | undefined;
    const url = await serveFrames(
      Buffer.concat([...Array.from({ length: PINGS }, () => ping), textFrame('done')]),
      (socket) => {
        connection = socket;
        socket.pause();
      },
    );
    const socket = openWebSocket(url, patient);
    expect((await socket.next()).value).toEqual(['done']);
    let answered = 0;
    connection?.on('data', (data) => {
      answered += data.length;
    });
    connection?.resume();
    const end = socket.next();
    connection?.end();
    await end;
    await once(connection ?? new Socket(), 'close');
    expect(answered / (125 + 6)).toBeGreaterThan(0);
    expect(answered / (125 + 6)).toBeLessThan(10);
  });
});

describe('the memory of a process stays small in a flood of', () => {
  const event = (objects: number): string => `{"kind":"","empty":[${'{},'.repeat(objects - 1)}{}]}`;
  test.each([
    ['empty objects, which are no events', '{}', 0],
    ['tiny events', '{"kind":""}', 10],
    ['events with a hundred empty objects', event(100), 10],
    ['events with ten thousand empty objects', event(10_000), 10],
    ['events with more empty objects than are read', event(300_000), 0],
  ])('%s', async (_what, text, updates) => {
    const frame = textFrame(text);
    const block = Buffer.concat(Array.from({ length: Math.ceil(MIB / frame.length) }, () => frame));
    const url = await serveFrames(block, (socket) => {
      const flood = async (): Promise<void> => {
        while (socket.writable) {
          await setImmediate();
          if (!socket.write(block)) await once(socket, 'drain');
        }
      };
      flood().catch(() => undefined);
    });
    const script = join(import.meta.dirname, '../support/flooded.ts');
    const { stdout } = await run(process.execPath, [script, url.replace('ws:', 'http:').replace(/\/$/, '')]);
    const seen: unknown = JSON.parse(stdout);
    expect(seen).toEqual({ updates, mib: expect.any(Number) });
    expect(memberOf(seen, 'mib')).toBeLessThan(250);
  });
});

test('frames that arrive together are read together over TLS, too, in which each is a record of its own', async () => {
  // Keys that both sides know, instead of certificates. Node's types do not know them as options of an agent.
  const psk = Buffer.alloc(16, 1);
  const tls = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2', pskCallback: () => psk } as const;
  const agent: object = https.globalAgent.options;
  const before = { ...agent };
  const known = { pskCallback: () => ({ psk, identity: 'test' }), checkServerIdentity: () => undefined };
  Object.assign(agent, tls, known);
  const server = https.createServer(tls);
  afterTest(() => {
    for (const name of [...Object.keys(tls), ...Object.keys(known)]) Reflect.deleteProperty(agent, name);
    Object.assign(agent, before);
    server.closeAllConnections();
    server.close();
  });
  const sent = Array.from({ length: 100 }, (_, index) => `frame ${index}`);
  new WebSocketServer({ server }).on('connection', (socket) => {
    const send = async (): Promise<void> => {
      for (const text of sent)
        await new Promise((resolve) => {
          socket.send(text, resolve);
        });
      socket.close(4001);
    };
    void send();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = openWebSocket(`wss://127.0.0.1:${portOf(server.address())}/`, patient);
  const reads: (readonly string[])[] = [];
  let next = await socket.next();
  for (; next.done !== true; next = await socket.next()) reads.push(next.value);
  expect([reads.flat(), next.value]).toEqual([sent, 4001]);
  expect(reads.length).toBeLessThan(20);
});

describe('a socket to another machine', () => {
  test('uses the proxy that is set, whenever it was set', async () => {
    if (!('setGlobalProxyFromEnv' in http)) return;
    const asked: string[] = [];
    const proxy = await serveBytes((socket) => {
      socket.once('data', (data) => {
        asked.push(data.toString().split('\r\n')[0] ?? '');
        socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
      });
    });
    const restore = http.setGlobalProxyFromEnv({ https_proxy: proxy.replace('ws:', 'http:') });
    try {
      expect((await all('wss://agent.invalid/sockets/events/1')).code).toBe(1006);
    } finally {
      restore();
    }
    expect(asked).toEqual(['CONNECT agent.invalid:443 HTTP/1.1']);
  });
});
