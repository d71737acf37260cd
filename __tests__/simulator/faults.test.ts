import { describe, expect, test } from '@jest/globals';

import { parseFault } from '../../simulator/fault-text.ts';
import { isMatch } from '../../simulator/faults.ts';
import { listText, parseCommand } from '../../simulator/server/options.ts';

describe('the text form of a fault', () => {
  test.each([
    [
      'GET /a/*?ids=* 503 x3',
      { method: 'GET', path: '/a/*?ids=*', times: 3, answer: { kind: 'status', status: 503 } },
    ],
    ['POST /a reset after', { method: 'POST', path: '/a', when: 'after', answer: { kind: 'reset' } }],
    ['* hang always skip=2', { path: '*', times: Infinity, skip: 2, answer: { kind: 'hang' } }],
    ['/a slow=1.5', { path: '/a', answer: { kind: 'slow', seconds: 1.5 } }],
    ['/a date=-120', { path: '/a', answer: { kind: 'date', date: -120 } }],
    ['/a date=never', { path: '/a', answer: { kind: 'date', date: 'never' } }],
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
    expect(isMatch('/a', '/a?b=c')).toBe(true);
    expect(isMatch('/a?b=*', '/a?b=c')).toBe(true);
    expect(isMatch('/a?b=*', '/a')).toBe(false);
    expect(isMatch('/a.b', '/axb')).toBe(false);
    expect(isMatch('*', '/anything/at?all')).toBe(true);
  });
});

describe('the command-line options', () => {
  test('are all parsed', () => {
    const args = [
      '--port=0',
      '--api=v0',
      '--scenario=error',
      '--speed=2.5',
      '--fault=/a 503',
      '--fault=* reset',
    ];
    expect(parseCommand([...args, '--key=k', '--no-rate-limit'])).toMatchObject({
      options: {
        port: 0,
        api: 'v0',
        scenario: 'error',
        speed: 2.5,
        rateLimit: 'none',
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
    [['--scenario', 'nope'], '--scenario: there is no "nope"'],
    [['--fault', 'nope'], 'fault "nope"'],
    [['--key', 'a', '--session-key', 'b'], 'cannot be combined'],
  ])('are refused with a reason: %j', (args, why) => {
    expect(() => parseCommand(args)).toThrow(why);
  });
});
