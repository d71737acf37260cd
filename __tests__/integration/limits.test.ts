import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import { APP_SERVER_ALONE, changeLooks, play, type StepRun, type Trouble } from '../../testbed/play.ts';
import { answering } from '../support/github-steps.ts';
import { leaks } from './matrix.ts';

const MIB = 1024 * 1024;
const VERSIONS = ['v1', 'v0'] as const;

const always = { times: Number.POSITIVE_INFINITY } as const;
const LOOK = { v1: '/api/v1/app-conversations', v0: '/api/conversations/*' } as const;
/** A server whose events are read from the app server only. */
const ALONE = { simulator: APP_SERVER_ALONE };
const EVENTS = { v1: '/api/v1/conversation/*/events/search', v0: '/api/conversations/*/events' } as const;

function tampering(method: string, path: string, change: (body: string, target: string) => string): Trouble {
  return { method, path, ...always, answer: { kind: 'tampered', change } };
}

/** Expects that a step failed with one line, and leaked no secret. */
function expectHonestFailure(ran: StepRun, status: string): void {
  expect(ran.outcome.status).toBe(status);
  expect(ran.runner.failures).toHaveLength(1);
  expect(ran.runner.failures[0]).not.toMatch(/[\r\n]/);
  expect(leaks(ran)).toEqual([]);
}

test.each(VERSIONS)('%s: an answer without an end fails the step', async (version) => {
  const ran = await play('forever', version, { 'api-version': version }, [
    { method: 'GET', path: LOOK[version], answer: { kind: 'endless' } },
  ]);
  expectHonestFailure(ran, 'unreachable');
  expect(ran.runner.failures[0]).toContain('larger than 10 MiB');
});

describe.each(VERSIONS)('%s: an answer that arrives at one byte per second', (version) => {
  const drip = { path: LOOK[version], answer: { kind: 'drip' } } as const;

  test('is requested again after 30 s', async () => {
    const ran = await play('finish', version, { 'api-version': version }, [
      // The first two answers take less than 30 s.
      { method: 'GET', skip: 2, ...drip },
    ]);
    expect(ran.outcome.status).toBe('finished');
    expect(ran.seconds).toBeGreaterThan(30);
    expect(ran.runner.log.join('\n')).toContain('no complete answer within 30 s');
  });

  test('delays the end after the deadline by the five seconds for what the agent has said, at most', async () => {
    const inputs = { 'api-version': version, 'timeout-seconds': '100', 'stop-on-timeout': 'false' };
    const ran = await play('finish', version, inputs, [{ method: 'GET', ...drip, ...always }]);
    expectHonestFailure(ran, 'timed-out');
    expect(ran.seconds).toBeLessThanOrEqual(105);
  });

  test('does not delay the end of a canceled step', async () => {
    const [stop, why] = {
      v1: [LOOK.v1, 'no complete answer within 1 s'],
      v0: ['/api/conversations/*/stop', 'the server did not answer in time'],
    }[version];
    const ran = await play('forever', version, { 'api-version': version }, [], {
      cancelAt: 20,
      mishapOf: ({ target, at }) =>
        at >= 20 && target.startsWith(stop?.split('*')[0] ?? '') ? drip : undefined,
    });
    expectHonestFailure(ran, 'cancelled');
    expect(ran.seconds).toBe(24);
    expect(ran.runner.failures[0]).toContain(`could not be paused (${why})`);
  });
});

describe('malicious JSON', () => {
  const DEPTH = 100_000;
  const tower = '['.repeat(DEPTH) + ']'.repeat(DEPTH);
  const crowd = `[${'null,'.repeat(1_000_000)}null]`;

  test.each([
    ['a tower of 100,000 lists', tower],
    ['a list of a million', crowd],
  ])('with %s in place of a status fails the step with one line', async (_, body) => {
    for (const version of VERSIONS) {
      const ran = await play('forever', version, { 'api-version': version }, [
        tampering('GET', LOOK[version], () => body),
      ]);
      expectHonestFailure(ran, 'unreachable');
    }
  });

  test('that is nested deeply in an unknown member does no harm', async () => {
    const into = (body: string): string => body.replaceAll('"title":', `"tower":${tower},"title":`);
    for (const version of VERSIONS) {
      const ran = await play('finish', version, { 'api-version': version }, [
        tampering('GET', LOOK[version], into),
      ]);
      expect(ran.outcome.status).toBe('finished');
    }
  });
});

/** Returns a page of 100,000 events, newest first: the end, much work, and the answer at this index. */
function eventPage(answerAt: number, target: string): string {
  const { searchParams: query } = new URL(target, 'http://localhost');
  const limit = Number(query.get('limit'));
  const from = Number(query.get('page_id') ?? 0);
  const items = Array.from({ length: limit }, (_, offset) => eventOf(from + offset, answerAt));
  return JSON.stringify({ items, next_page_id: String(from + limit) });
}

function eventOf(index: number, answerAt: number): object {
  if (index === answerAt)
    return { kind: 'ActionEvent', source: 'agent', action: { kind: 'FinishAction', message: 'the answer' } };
  return index === 0
    ? { kind: 'ConversationStateUpdateEvent', key: 'execution_status', value: 'finished' }
    : { kind: 'ObservationEvent', source: 'environment' };
}

describe('V1: of 100,000 events', () => {
  test.each([
    [120, 3],
    [99_999, 20],
  ])('with the answer at index %d, %d pages are read', async (place, pages) => {
    const isPage = /events.*limit=50\b/;
    const pagesOfEvents = tampering('GET', `${EVENTS.v1}?*`, (body, target) =>
      isPage.test(target) ? eventPage(place, target) : body,
    );
    const ran = await play('finish', 'v1', { 'api-version': 'v1' }, [pagesOfEvents], ALONE);
    expect(ran.outcome.status).toBe('finished');
    expect(ran.requests.filter(({ target }) => isPage.test(target))).toHaveLength(pages);
    expect(ran.runner.outputs['response']).toBe(place < 1000 ? 'the answer' : undefined);
  });

  test.each([
    [99, 'the answer'],
    [100, undefined],
  ])(
    'in one page, as many as the limit allows are read quickly, with the answer at index %d',
    async (place, answer) => {
      const items = Array.from({ length: 100_000 }, (_, index) => eventOf(index, place));
      const began = process.cpuUsage().user;
      const ran = await play(
        'finish',
        'v1',
        { 'api-version': 'v1' },
        [tampering('GET', `${EVENTS.v1}?*limit=50`, () => JSON.stringify({ items }))],
        ALONE,
      );
      expect(ran.outcome.status).toBe('finished');
      expect(ran.runner.outputs['response']).toBe(answer);
      expect(process.cpuUsage().user - began).toBeLessThan(10_000_000);
    },
  );
});

describe.each(VERSIONS)('%s: events of together more than 10 MiB', (version) => {
  test('are read in smaller pages, and the answer is found', async () => {
    const ran = await play('large-events', version, { 'api-version': version });
    expect(ran.outcome.status).toBe('finished');
    expect(ran.runner.outputs['response']).toContain('three wrong statements');
    expect(ran.runner.log.join('\n')).not.toContain('cannot be read');
  });
});

describe('an answer of 5 MB, whose event has it twice and is larger than 10 MiB', () => {
  const long = `The README has three wrong statements.${' It is long.'.repeat(450_000)}`;
  const FINAL = '*/agent_final_response';
  const asksFor = ({ requests }: StepRun): readonly number[] =>
    requests.flatMap(({ target }, index) => (target.endsWith('/agent_final_response') ? [index] : []));
  const SERVERS = [
    ['V1', { 'api-version': 'v1' }, {}],
    [
      'an agent server',
      { 'api-version': 'agent-server', model: 'a/model', 'llm-api-key': 'sk-llm-tests' },
      { simulator: { api: 'agent-server' } },
    ],
  ] as const;

  const UNREADABLE = { path: '*/events/search?*limit=50', ...always } as const;

  test.each(SERVERS)('is read from the stored events: %s', async (_, inputs, options) => {
    const ran = await play(answering(long), 'v1', inputs, [], options);
    expect(ran.runner.outputs).toMatchObject({ status: 'finished' });
    expect(ran.file === long).toBe(true);
    expect(ran.runner.outputs['response']).toMatch(/^The README has three wrong statements\./);
    expect(ran.runner.log.join('\n')).not.toContain('could not be read');
    expect(asksFor(ran)).toEqual([]);
  });

  test.each(SERVERS)(
    'is read from the agent server itself if the stored events cannot be read: %s',
    async (_, inputs, options) => {
      const unreadable = { ...UNREADABLE, answer: { kind: 'status', status: 404 } } as const;
      const ran = await play(answering(long), 'v1', inputs, [unreadable], options);
      expect(ran.runner.outputs).toMatchObject({ status: 'finished' });
      expect(ran.file === long).toBe(true);
      expect(ran.runner.log.join('\n')).not.toContain('could not be read');
      expect(asksFor(ran)).toHaveLength(1);
    },
  );

  test.each(SERVERS)(
    'causes a warning that response lacks it if that fails, too: %s',
    async (_, inputs, options) => {
      const answer = { kind: 'status', status: 404 } as const;
      const refused = { path: FINAL, ...always, answer } as const;
      const ran = await play(answering(long), 'v1', inputs, [refused, { ...UNREADABLE, answer }], options);
      expect(ran.runner.outputs).toMatchObject({ status: 'finished' });
      expect(ran.runner.outputs).not.toHaveProperty('response');
      expect(asksFor(ran)).toHaveLength(1);
      expect(ran.runner.log).toContainEqual(
        expect.stringMatching(
          /^Warning: The agent's last answer could not be read: HTTP 404.* The output response lacks it; see it at /,
        ),
      );
    },
  );

  test('is not asked for if the agent has failed: the agent server would name an earlier one', async () => {
    const ran = await play('error', 'v1', { 'api-version': 'v1' }, [
      {
        method: 'GET',
        path: '*/events/search?*limit=50',
        ...always,
        answer: { kind: 'status', status: 401 },
      },
    ]);
    expect(ran.outcome.status).toBe('error');
    expect(asksFor(ran)).toEqual([]);
  });
});

describe.each([
  ['a parent folder', '../../admin'],
  ['a query', 'a?b#c'],
  ['two lines', 'line\nbreak'],
  ['an empty text', ''],
  ['10 kB long', 'x'.repeat(10_000)],
])('an invalid id: %s', (_, evil) => {
  const json = JSON.stringify(evil);

  /** Expects that the id is in no address, output or state. */
  function expectNowhere({ requests, runner }: StepRun): void {
    if (evil === '') return;
    for (const { target } of requests) {
      for (const form of [evil, encodeURIComponent(evil)]) expect(target).not.toContain(form);
    }
    for (const text of [JSON.stringify(runner.outputs), JSON.stringify(runner.savedState())]) {
      expect(text).not.toContain(json.slice(1, -1));
    }
  }

  test('V1: of a start is treated as a lost answer, and the conversation is found', async () => {
    const ran = await play('finish', 'v1', { 'api-version': 'v1' }, [
      tampering('POST', LOOK.v1, (body) => body.replace(/"id":"[^"]*"/, () => `"id":${json}`)),
    ]);
    expect({ status: ran.outcome.status, conversations: ran.conversations }).toEqual({
      status: 'finished',
      conversations: 1,
    });
    expectNowhere(ran);
  });

  test('V1: of a conversation once the start is over is ignored', async () => {
    const ran = await play('finish', 'v1', { 'api-version': 'v1' }, [
      tampering('GET', `${LOOK.v1}/start-tasks`, (body) =>
        body.replace(/"app_conversation_id":"[^"]*"/, () => `"app_conversation_id":${json}`),
      ),
    ]);
    // The conversation is looked up by the chosen id instead.
    expect(ran.outcome.status).toBe('finished');
    expectNowhere(ran);
  });

  test('V1: of a sandbox that should be paused is not used', async () => {
    const ran = await play('forever', 'v1', { 'api-version': 'v1' }, [], {
      cancelAt: 20,
      mishapOf: changeLooks((body) => body.replace(/"sandbox_id":"[^"]*"/, () => `"sandbox_id":${json}`), {
        from: 20,
      }),
    });
    expectHonestFailure(ran, 'cancelled');
    expect(ran.runner.failures[0]).toContain('may continue');
    expectNowhere(ran);
  });

  test('V0: of a conversation fails the start', async () => {
    const ran = await play('finish', 'v0', { 'api-version': 'v0' }, [
      tampering('POST', '/api/conversations', (body) =>
        body.replace(/"conversation_id":"[^"]*"/, () => `"conversation_id":${json}`),
      ),
    ]);
    expectHonestFailure(ran, 'start-failed');
    expectNowhere(ran);
  });
});

describe('V1: an answer about another conversation', () => {
  const OTHER = { kind: 'other' } as const;

  test('is not attached to: the start is found by its own id, and its own agent is paused on cancel', async () => {
    const ran = await play(
      'forever',
      'v1',
      { 'api-version': 'v1' },
      [{ method: 'GET', path: `${LOOK.v1}/start-tasks`, skip: 2, answer: OTHER }],
      { cancelAt: 60 },
    );
    expect(ran.outcome.status).toBe('cancelled');
    expect(ran.runner.outputs['conversation-id']).toBe(ran.left[0]?.id);
    expect(ran.left.filter(isAtWork)).toEqual([]);
  });

  test('ends the wait as unreachable', async () => {
    const ran = await play('finish', 'v1', { 'api-version': 'v1' }, [
      { method: 'GET', path: LOOK.v1, ...always, answer: OTHER },
    ]);
    expectHonestFailure(ran, 'unreachable');
    expect(ran.runner.failures[0]).toContain('a different id than the one asked for');
  });
});

describe('V1: an unsafe address of an agent', () => {
  test.each([
    ['that is on another host', 'http://elsewhere.test/api'],
    ['that has a password', 'https://user:password@127.0.0.1/api'],
    ['that is a script', 'javascript:alert(1)'],
  ])('%s gets no key', async (_, url) => {
    const ran = await play('forever', 'v1', { 'api-version': 'v1' }, [], {
      cancelAt: 20,
      neighbor: true,
      simulator: { sharedSandbox: true },
      mishapOf: changeLooks((body) =>
        body.replaceAll(/"conversation_url":"[^"]*"/g, () => `"conversation_url":${JSON.stringify(url)}`),
      ),
    });
    expectHonestFailure(ran, 'cancelled');
    expect(ran.runner.failures[0]).toContain('the server gives no safe address');
    expect(ran.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});

test.each([
  ['a number', 7],
  ['short', 'zyx'],
  ['with a line break', 'session\nkey-of-the-sandbox'],
  ['with blanks', 'session key of the sandbox'],
  ['too long', 'x'.repeat(600)],
])('a session key that is %s is never shown, and is no secret that masks other text', async (_, key) => {
  for (const version of VERSIONS) {
    const ran = await play('finish', version, { 'api-version': version }, [
      tampering('GET', LOOK[version], (body) =>
        body.replaceAll(/"session_api_key":"[^"]*"/g, () => `"session_api_key":${JSON.stringify(key)}`),
      ),
    ]);
    // A text that cannot be a key would mask other text as a secret, so the answer is refused.
    expect(ran.outcome.status).toBe(typeof key === 'string' ? 'unreachable' : 'finished');
    if (typeof key === 'string') expectHonestFailure(ran, 'unreachable');
    if (typeof key === 'string') expect(ran.runner.failures[0]).not.toContain(key);
  }
});

test('what an agent calls a session key is not treated as one', async () => {
  const word = 'conversations';
  const chosen = `"session_api_key":${JSON.stringify(word)},"source":"agent"`;
  for (const version of VERSIONS) {
    const ran = await play('finish', version, { 'api-version': version }, [
      tampering('GET', `${EVENTS[version]}?*`, (body) => body.replaceAll('"source":"agent"', () => chosen)),
    ]);
    expect(ran.outcome.status).toBe('finished');
    expect(ran.runner.outputs['conversation-url']).toContain('/conversations/');
    expect(ran.runner.secrets.redact(word)).toBe(word);
  }
});

describe.each(VERSIONS)('%s: an answer of the agent', (version) => {
  const answer = async (text: string): Promise<StepRun> =>
    play(
      'finish',
      version,
      { 'api-version': version },
      [
        tampering('GET', `${EVENTS[version]}?*`, (body) =>
          body.replaceAll('I compared the README with the code', () => JSON.stringify(text).slice(1, -1)),
        ),
      ],
      ALONE,
    );

  test.each([
    ['NUL', 'before\0after'],
    ['a lone surrogate', 'before\ud800after'],
    ['other directions', '\u202egnp.exe\u202c\u2066'],
  ])('with %s is unchanged in the output, and shown without it in the summary', async (_, text) => {
    const ran = await answer(text);
    expect(ran.outcome.status).toBe('finished');
    expect(ran.runner.outputs['response']).toContain(text);
    // The file is UTF-8, which has no lone surrogates.
    expect(ran.file).toContain(text.toWellFormed());
    expect(ran.runner.page().replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  });

  test('of 5 MB is complete in the file, cut in the output, and within the limit of a summary', async () => {
    const ran = await answer('ä'.repeat(2_500_000));
    expect(ran.outcome.status).toBe('finished');
    expect(Buffer.byteLength(ran.file)).toBeGreaterThan(5_000_000);
    expect(Buffer.byteLength(ran.runner.outputs['response'] ?? '')).toBeLessThan(100 * 1024);
    expect(ran.runner.outputs['response']).toContain(ran.runner.outputs['response-file'] ?? 'no file');
    expect(Buffer.byteLength(ran.runner.page())).toBeLessThan(MIB);
  });
});

describe('a server that uses a word of the summary as session key', () => {
  test.each(VERSIONS.flatMap((version) => ['/details', 'id'].map((key) => [version, key] as const)))(
    'does not change the summary: %s, key %s',
    async (version, key) => {
      const change = (body: string): string => {
        const id = /"(?:conversation_)?id":\s*"([^"]*)"/.exec(body)?.[1] ?? '';
        return body.replaceAll(
          /("session_api_key":\s*)"[^"]*"/g,
          (_, before: string) => `${before}"${key === 'id' ? id : key}"`,
        );
      };
      const usual = await play('finish', version);
      const hostile = await play('finish', version, {}, [tampering('GET', LOOK[version], change)]);
      const withoutIds = (text: string): string => text.replaceAll(/[0-9a-f-]{32,36}/g, 'ID');
      expect(hostile.outcome.status).toBe('finished');
      expect(withoutIds(hostile.runner.page())).toContain('<details>');
      expect(ours(hostile)).toEqual(ours(usual));
    },
  );

  /** Returns the lines of the summary in which only addresses and ids come from the server. */
  function ours({ runner }: StepRun): readonly string[] {
    return (
      runner
        .page()
        .replaceAll(/http:\/\/127[^/]*/g, 'https://x.test')
        .replaceAll(/[0-9a-f-]{32,36}/g, 'ID')
        // Without its socket a sandbox takes longer to be seen at its end.
        .replace(/ in \d+ s /, ' in N s ')
        .split('\n')
        .filter((line) => /^[#<]/.test(line))
    );
  }
});

test('V1: a session key that the server reports last is redacted from what was known before', async () => {
  const key = 'told-last-of-all-0123456789';
  const ran = await play(
    'forever',
    'v1',
    { 'api-version': 'v1' },
    [
      tampering('GET', `${LOOK.v1}?ids=*`, (body) =>
        body.replace(/"selected_branch":[^,]+/, `"selected_branch":"branch-${key}"`),
      ),
      tampering('GET', `${LOOK.v1}/search*`, (body) =>
        body.replace(/"session_api_key":"[^"]+"/, `"session_api_key":"${key}"`),
      ),
    ],
    { cancelAt: 30 },
  );
  expect(ran.runner.failures).toEqual([expect.stringContaining('and the agent was paused')]);
  expect(ran.runner.page()).toContain('branch-***');
  expect(ran.runner.page()).not.toContain(key);
});
