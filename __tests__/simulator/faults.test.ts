import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { parseFault } from '../../simulator/fault-text.ts';
import { fits } from '../../simulator/faults.ts';
import { listText, parseCommand } from '../../simulator/options.ts';
import { at, type Lab, openLab } from './client.ts';

describe('the text form of a fault', () => {
  test.each([
    [
      'GET /a/*?ids=* 503 x3',
      { method: 'GET', path: '/a/*?ids=*', times: 3, answer: { kind: 'status', status: 503 } },
    ],
    ['POST /a reset after', { method: 'POST', path: '/a', when: 'after', answer: { kind: 'reset' } }],
    ['* hang always skip=2', { path: '*', times: Infinity, skip: 2, answer: { kind: 'hang' } }],
    ['/a slow=1.5', { path: '/a', answer: { kind: 'slow', seconds: 1.5 } }],
    [
      '/a redirect=http://127.0.0.1:1/',
      { path: '/a', answer: { kind: 'redirect', to: 'http://127.0.0.1:1/' } },
    ],
    [
      '/a 429 retry-after=7',
      { path: '/a', answer: { kind: 'status', status: 429, headers: { 'retry-after': '7' } } },
    ],
  ])('is parsed: %s', (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  test.each([
    ['', 'the path is missing'],
    ['GET', 'the path is missing'],
    ['GET a 503', 'does not begin with / or *'],
    ['/a', 'the answer is missing'],
    ['/a 700', '"700" is not an answer'],
    ['/a slow=x', '"slow=x" is not an answer'],
    ['/a 503 x0', '"x0" is not a known part'],
    ['/a reset retry-after=3', 'retry-after needs a status'],
  ])('is refused with a reason: "%s"', (text, why) => {
    expect(() => parseFault(text)).toThrow(why);
  });

  test('matches the query only if its pattern has one', () => {
    expect(fits('/a', '/a?b=c')).toBe(true);
    expect(fits('/a?b=*', '/a?b=c')).toBe(true);
    expect(fits('/a?b=*', '/a')).toBe(false);
    expect(fits('/a.b', '/axb')).toBe(false);
    expect(fits('*', '/anything/at?all')).toBe(true);
  });
});

describe('the answer of a fault', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await openLab();
  });
  afterEach(async () => {
    await lab.close();
  });
  const me = '/api/v1/users/me';
  const order = (text: string): void => {
    lab.simulator.order(parseFault(text));
  };

  test('is sent as often as ordered, after the skipped requests', async () => {
    order(`GET ${me} 503 x2 skip=1`);
    const statuses: number[] = [];
    for (let sent = 0; sent < 4; sent += 1) statuses.push((await lab.get(me)).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
  });

  test('can drop the connection, before or after the request was processed', async () => {
    order('POST /api/v1/app-conversations reset');
    order('POST /api/v1/app-conversations reset after');
    await expect(lab.post('/api/v1/app-conversations', {})).rejects.toThrow();
    expect(lab.simulator.conversations).toHaveLength(0);
    await expect(lab.post('/api/v1/app-conversations', {})).rejects.toThrow();
    expect(lab.simulator.conversations).toHaveLength(1);
    expect(lab.simulator.requests.map(({ status }) => status)).toEqual([0, 0]);
  });

  test('can hang forever', async () => {
    order(`${me} hang`);
    const signal = AbortSignal.timeout(100);
    await expect(fetch(`${lab.simulator.url}${me}`, { signal })).rejects.toThrow();
  });

  test('can be late', async () => {
    order(`${me} slow=0.05`);
    const began = performance.now();
    expect((await lab.get(me)).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(40);
  });

  test('can be a web page, cut off, not JSON, of another shape, or a redirect', async () => {
    for (const answer of ['page', 'cut', 'garbage', 'wrong', 'redirect=http://127.0.0.1:1/x'])
      order(`${me} ${answer}`);
    expect((await lab.get(me)).type).toContain('text/html');
    const cut = await lab.get(me);
    expect([cut.type, cut.body]).toEqual(['application/json', undefined]);
    const garbage = await lab.get(me);
    expect([garbage.type, garbage.body]).toEqual(['application/json', undefined]);
    expect(at((await lab.get(me)).body, 'unexpected.0')).toBe('shape');
    const redirect = await lab.get(me);
    expect([redirect.status, redirect.headers.get('location')]).toEqual([307, 'http://127.0.0.1:1/x']);
  });

  test('can be endless', async () => {
    order(`${me} endless`);
    const abort = new AbortController();
    const response = await fetch(`${lab.simulator.url}${me}`, { signal: abort.signal });
    const reader = response.body?.getReader();
    let bytes = 0;
    while (bytes <= 1_000_000) {
      const chunk: unknown = (await reader?.read())?.value;
      if (!(chunk instanceof Uint8Array)) break;
      bytes += chunk.length;
    }
    abort.abort();
    expect(bytes).toBeGreaterThan(1_000_000);
  });

  test('has the headers of its status', async () => {
    order(`${me} 429 retry-after=7`);
    expect((await lab.get(me)).headers.get('retry-after')).toBe('7');
  });
});

describe('the command-line options', () => {
  test('have defaults', () => {
    expect(parseCommand([])).toMatchObject({
      kind: 'serve',
      options: {
        host: '127.0.0.1',
        port: 3000,
        api: 'both',
        scenario: 'finish',
        speed: 1,
        authorization: { kind: 'open' },
      },
    });
  });

  test('are all parsed', () => {
    const args = [
      '--port',
      '0',
      '--api',
      'v0',
      '--scenario',
      'error',
      '--speed',
      '2.5',
      '--fault',
      '/a 503',
      '--fault',
      '* reset',
    ];
    expect(
      parseCommand([...args, '--key', 'k', '--no-rate-limit', '--own-ids', '--shared-sandbox']),
    ).toMatchObject({
      options: {
        port: 0,
        api: 'v0',
        scenario: 'error',
        speed: 2.5,
        rateLimit: 'none',
        honourConversationId: false,
        sharedSandbox: true,
        authorization: { kind: 'bearer', keys: ['k'] },
        faults: [{ path: '/a' }, { path: '*' }],
      },
    });
    expect(parseCommand(['--help'])).toEqual({ kind: 'help' });
    expect(parseCommand(['--list'])).toEqual({ kind: 'list' });
    expect(listText()).toMatch(/^finish +the agent/m);
  });

  test.each([
    [['--port', '70000'], '--port: "70000" is not a port'],
    [['--speed', '0'], '--speed: "0" is not a number above 0'],
    [['--speed', ''], '--speed: "" is not a number above 0'],
    [['--api', 'v2'], '--api: "v2" is not v1, v0, both or agent-server'],
    [['--scenario', 'nope'], '--scenario: there is no "nope"'],
    [['--fault', 'nope'], 'fault "nope"'],
    [['--key', 'a', '--session-key', 'b'], 'cannot be combined'],
    [['--key', ''], 'cannot be empty'],
    [['--unknown'], 'Unknown option'],
    [['extra'], 'Unexpected argument'],
  ])('are refused with a reason: %j', (args, why) => {
    expect(() => parseCommand(args)).toThrow(why);
  });
});
