import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { CHANGED_FILES } from '../../simulator/github/review-story.ts';
import { NO_FACTS } from '../../src/port/conversation.ts';
import { savedOutcomeFile } from '../../src/step/outcome-file.ts';
import type { Disturb } from '../../testbed/network.ts';
import { repositoryWith } from '../../testbed/outcomes.ts';
import { post, postWithComment } from '../../testbed/post.ts';
import type { Step } from '../../testbed/steps.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { afterTest } from '../support/after-test.ts';
import { answering, type GithubSteps, openGithubSteps } from '../support/github-steps.ts';
import { report } from '../support/open-report.ts';
import { openSteps } from '../support/open-steps.ts';
import { members } from '../support/yaml.ts';

const ASKED = { message: 'Check the README', repository: 'octo-org/octo-repo', poll: 'true' };
/** A start that takes longer than the timeout: post looks for its conversation. */
const TOO_SHORT = { message: 'simulate: long', 'timeout-seconds': '3', poll: 'true' };
const UNKNOWN = {
  version: 1,
  status: 'unknown',
  'failure-kind': '',
  'cost-usd': null,
  'conversation-url': '',
  'cost-before-usd': null,
  'pull-request-urls': [],
};

function pathOf({ runner }: Pick<Step, 'runner'>): string {
  return runner.outputs['outcome-file'] ?? '';
}

function textOf(step: Pick<Step, 'runner'>): string {
  return readFileSync(pathOf(step), 'utf8');
}

function outcomeOf(step: Pick<Step, 'runner'>): unknown {
  return JSON.parse(textOf(step));
}

/** Returns what a killed step has left. */
function savedIn({ runner }: Pick<Step, 'runner'>): unknown {
  return JSON.parse(readFileSync(runner.savedOutcomeFile(), 'utf8'));
}

describe('the output outcome-file', () => {
  test('names a file with the outcome of the step', async () => {
    const { step } = await openSteps({ api: 'v1' });
    const ran = await step(ASKED);
    const { outputs } = ran.runner;
    expect(outcomeOf(ran)).toEqual({
      version: 1,
      status: 'finished',
      'failure-kind': '',
      'cost-usd': Number(outputs['cost-usd']),
      'cost-before-usd': 0,
      'conversation-url': outputs['conversation-url'],
      'pull-request-urls': ['https://github.com/octo-org/octo-repo/pull/12'],
    });
    expect(dirname(dirname(pathOf(ran)))).toBe(ran.folder);
  });

  test.each([
    ['wrong inputs', { poll: 'maybe' }, 'start-failed', 'input'],
    ['an agent in error', { message: 'simulate: error', poll: 'true' }, 'error', 'quota'],
    ['a step that does not wait', { message: 'Check the README' }, 'running', ''],
  ])('is there after %s', async (_, inputs, status, kind) => {
    const { step } = await openSteps({ api: 'v1' });
    expect(outcomeOf(await step(inputs))).toMatchObject({ version: 1, status, 'failure-kind': kind });
  });

  test('names only pull requests of the repository of the workflow', async () => {
    const { step } = await openSteps({ api: 'v1' });
    const ran = await step(ASKED, undefined, { repository: 'octo-org/other' });
    expect(ran.runner.outputs['pull-request-urls']).not.toBe('');
    expect(outcomeOf(ran)).toMatchObject({ status: 'finished', 'pull-request-urls': [] });
  });

  test('names no pull request 0, which no repository has: the report would refuse the file', async () => {
    const base = 'https://github.com/octo-org/octo-repo/pull/';
    const { step } = await openSteps({ api: 'v1', scenario: answering(`See ${base}0 and ${base}7`, false) });
    const urls = [`${base}7`];
    expect(outcomeOf(await step(ASKED))).toMatchObject({ 'pull-request-urls': urls });
  });

  test('names, of many pull requests in an answer, those that are named last', async () => {
    const base = 'https://github.com/octo-org/octo-repo/pull/';
    const urls = Array.from({ length: 12 }, (_, index) => `${base}${index + 1}`);
    const { step } = await openSteps({ api: 'v1', scenario: answering(`See ${urls.join(' ')}`, false) });
    const ran = await step(ASKED);
    const lastTen = urls.slice(2).toReversed();
    expect(outcomeOf(ran)).toMatchObject({ 'pull-request-urls': lastTen });
  });

  test('has the status "unknown" until the step ends, for a step that is killed', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'outcome-'));
    afterTest(() => {
      rmSync(temporary, { recursive: true });
    });
    const seen: unknown[] = [];
    const disturb = (): undefined => {
      const [file = ''] = globSync(join(temporary, 'openhands-*/outcome.json'));
      seen.push(JSON.parse(readFileSync(file, 'utf8')));
    };
    const { step } = await openSteps({ api: 'v1' }, { disturb });
    const ran = await step(ASKED, undefined, { temporary });
    expect(seen.length).toBeGreaterThan(3);
    for (const each of seen) expect(each).toMatchObject({ status: 'unknown', 'failure-kind': '' });
    expect(seen[0]).toEqual(UNKNOWN);
    expect(outcomeOf(ran)).toMatchObject({ status: 'finished' });
  });

  test('has at most 4 KiB, with at most ten pull requests', async () => {
    const { step } = await openSteps({ api: 'v1' });
    const ran = await step(ASKED);
    const repository = `${'o'.repeat(39)}/${'r'.repeat(100)}`;
    const place = { repository, gitHubUrl: `https://${'g'.repeat(60)}.com`, temporary: ran.folder };
    const urls = Array.from(
      { length: 30 },
      (_, index) => `${place.gitHubUrl}/${repository}/pull/${123_456_789 + index}`,
    );
    const conversation = { id: 'a', url: `https://openhands.example.com/${'c'.repeat(5_000)}` };
    const running = { kind: 'running', status: 'running', conversation, facts: NO_FACTS } as const;
    savedOutcomeFile(ran.runner, place)(running, { pullRequests: urls });
    const text = readFileSync(pathOf(ran), 'utf8');
    expect(text.length).toBeLessThanOrEqual(4096);
    expect(JSON.parse(text)).toMatchObject({
      'conversation-url': '',
      'pull-request-urls': urls.slice(0, 10),
    });
  });

  test('cannot be written: the step goes on, and says so', async () => {
    const { step } = await openSteps({ api: 'v1' });
    const { outcome, runner } = await step({ message: 'simulate: error', poll: 'true' }, undefined, {
      temporary: '/nowhere/at/all',
    });
    expect(outcome.status).toBe('error');
    expect(runner.outputs).not.toHaveProperty('outcome-file');
    expect(runner.log).toContainEqual(
      expect.stringMatching(/^Warning: .*the outcome for the report.*ENOENT/),
    );
  });
});

describe('the member cost-before-usd', () => {
  const before = async (
    second: (id: string) => Readonly<Record<string, string>>,
    api: 'v1' | 'v0' = 'v1',
  ): Promise<{ readonly first: number | null; readonly member: unknown; readonly cost: unknown }> => {
    const steps = await openSteps({ api });
    // V0 has no keys.
    const first = await steps.step({ ...ASKED, ...(api === 'v1' && { 'idempotency-key': 'issue-42' }) });
    // V1 stores a cost late.
    await steps.clock.sleep(60_000, new AbortController().signal);
    const { outputs } = first.runner;
    const again = members(outcomeOf(await steps.step(second(outputs['conversation-id'] ?? ''))));
    const cost = outputs['cost-usd'];
    return {
      first: cost === undefined ? null : Number(cost),
      member: again.get('cost-before-usd'),
      cost: again.get('cost-usd'),
    };
  };

  test.each<readonly [string, (id: string) => Readonly<Record<string, string>>]>([
    ['a follow-up', (id) => ({ 'conversation-id': id, message: 'Go on', poll: 'true' })],
    ['a follow-up by its key', () => ({ ...ASKED, 'idempotency-key': 'issue-42', 'if-exists': 'send' })],
    ['a follow-up that does not wait', (id) => ({ 'conversation-id': id, message: 'Go on' })],
    ['an attached step', () => ({ ...ASKED, 'idempotency-key': 'issue-42' })],
    ['an observer', (id) => ({ 'conversation-id': id, poll: 'true' })],
  ])('is what the conversation had cost before %s', async (_, second) => {
    const { first, member } = await before(second);
    expect(first).toBeGreaterThan(0);
    expect(member).toBe(first);
  });

  test('is not what the step itself has cost', async () => {
    const followUp = { message: 'Go on', poll: 'true' };
    const { member, cost } = await before((id) => ({ ...followUp, 'conversation-id': id }));
    expect(cost).toBeGreaterThan(Number(member));
  });

  test('makes the reports of two months add up to what the conversation has cost', async () => {
    const steps = await openSteps({ api: 'v1' });
    const first = await steps.step(ASKED);
    await steps.clock.sleep(60_000, new AbortController().signal);
    const id = first.runner.outputs['conversation-id'] ?? '';
    const second = await steps.step({ 'conversation-id': id, message: 'Go on', poll: 'true' });
    const uploads = [
      { outcome: textOf(first), run: { at: '2026-10-31T12:00:00Z' } },
      { outcome: textOf(second), run: { at: '2026-11-01T12:00:00Z' } },
    ];
    const costOf = async (month: string): Promise<number> =>
      Number(members((await report([repositoryWith(uploads)], { month })).json, 'total').get('cost-usd'));
    const costs = [await costOf('2026-10'), await costOf('2026-11')];
    expect(costs[0]).toBe(Number(first.runner.outputs['cost-usd']));
    const sum = costs.reduce((one, other) => one + other, 0);
    expect(sum).toBeCloseTo(Number(second.runner.outputs['cost-usd']), 6);
    expect(costs[1]).toBeGreaterThan(0);
  });

  test('is null where the server does not tell it', async () => {
    const followUp = { message: 'Go on', poll: 'true' };
    expect((await before((id) => ({ ...followUp, 'conversation-id': id }), 'v0')).member).toBeNull();
  });

  test('is null for a step that takes up no conversation', async () => {
    const { step } = await openSteps({ api: 'v1' });
    expect(outcomeOf(await step({ poll: 'maybe' }))).toMatchObject({ 'cost-before-usd': null });
  });

  test('is kept by post, also of a conversation that it finds itself', async () => {
    const steps = await openSteps({ api: 'v1' });
    const late = await steps.step(TOO_SHORT);
    await post(late, steps);
    expect(outcomeOf(late)).toMatchObject({
      'conversation-url': expect.stringContaining('/conversations/'),
      'cost-before-usd': 0,
    });
  });

  test.each([
    ['text', '"all"'],
    ['below zero', '-1'],
    ['nothing', 'null'],
  ])('is null if another step has written %s there', async (_, planted) => {
    const steps = await openSteps({ api: 'v1' });
    const late = await steps.step(TOO_SHORT);
    writeFileSync(pathOf(late), `{"cost-before-usd":${planted}}`);
    await post(late, steps);
    expect(outcomeOf(late)).toMatchObject({ status: 'start-failed', 'cost-before-usd': null });
  });
});

/** The first request of each kind of work after the end of the agent, which gets no answer, and what leads to it. */
const AFTER_THE_END: readonly (readonly [string, string, RegExp, Readonly<Record<string, string>>])[] = [
  ['its patch is saved', 'finish', /\/api\/file\/archive/, { 'patch-file': 'changes.patch' }],
  ['its pull request is read', 'done', /\/pulls\/12$/, { 'require-result': 'pull-request' }],
  ['its checks run', 'finish', /\/check-runs/, { 'wait-for-checks': 'true' }],
  ['its review is posted', 'review', /\/pulls\/7\/reviews$/, { review: 'true', 'issue-number': '7' }],
  ['its comment is written', 'finish', /\/issues\/comments\//, { comment: 'true', 'issue-number': '1' }],
];

describe.each(AFTER_THE_END)('a step that is killed while %s', (_, scenario, request, inputs) => {
  /** Kills a step once its agent has ended. */
  const kill = async (): Promise<readonly [Pick<Step, 'runner'>, GithubSteps]> => {
    const hangs: Disturb = (method, target) =>
      request.test(target) && method !== 'DELETE' ? { answer: { kind: 'hang' } } : undefined;
    const steps = await openGithubSteps({}, { disturb: hangs });
    if (scenario === 'review') steps.github.push({ number: 7 }, { files: CHANGED_FILES });
    else steps.pushes({ checks: [{ name: 'test', to: 3_600 }] });
    const asked = {
      repository: 'octo-org/octo-repo',
      message: `simulate: ${scenario}`,
      poll: 'true',
      ...inputs,
    };
    return [await steps.killed(asked, 36), steps];
  };
  const learned = {
    'cost-usd': expect.any(Number),
    'conversation-url': expect.stringMatching(/\/conversations\/[0-9a-f]{32}$/),
    'pull-request-urls': scenario === 'review' ? [] : ['https://github.com/octo-org/octo-repo/pull/12'],
  };

  test('leaves its cost and its links, and has a status, too, after post', async () => {
    const [step, steps] = await kill();
    expect(savedIn(step)).toMatchObject(learned);
    await postWithComment(step, steps, DISPATCH);
    expect(savedIn(step)).toMatchObject({ ...learned, status: expect.not.stringContaining('unknown') });
  });

  test('keeps them if post can read nothing', async () => {
    const [step, steps] = await kill();
    const down = { answer: { kind: 'status', status: 401 }, times: Number.POSITIVE_INFINITY } as const;
    steps.simulator.order({ path: '/api/*', ...down });
    await postWithComment(step, steps, DISPATCH);
    expect(savedIn(step)).toMatchObject(learned);
  });
});

test('a step that is killed while another one waits for the same agent leaves cost and links, too', async () => {
  const hangs: Disturb = (_, target) =>
    target.endsWith('/download') ? { answer: { kind: 'hang' } } : undefined;
  const steps = await openSteps({ api: 'v1' }, { disturb: hangs });
  const keyed = { ...ASKED, 'idempotency-key': 'issue-1' };
  await steps.step(keyed);
  const attached = await steps.killed({ ...keyed, 'trajectory-file': 'trajectory.zip' }, 5);
  await post(attached, steps);
  expect(savedIn(attached)).toMatchObject({ status: 'finished', 'cost-usd': expect.any(Number) });
});

describe('post', () => {
  test('writes the outcome anew if it reads another end', async () => {
    const steps = await openSteps({ api: 'v1' });
    const late = await steps.step(TOO_SHORT);
    expect(outcomeOf(late)).toMatchObject({ status: 'start-failed', 'conversation-url': '' });
    await post(late, steps);
    expect(outcomeOf(late)).toMatchObject({
      status: 'start-failed',
      'conversation-url': expect.stringMatching(/\/conversations\/[0-9a-f]{32}$/),
    });
  });

  test.each([
    [
      'a link',
      (path: string, elsewhere: string) => {
        rmSync(path);
        symlinkSync(elsewhere, path);
      },
    ],
  ])('writes nothing where another step has put %s', async (_, plant) => {
    const steps = await openSteps({ api: 'v1' });
    const late = await steps.step(TOO_SHORT);
    const elsewhere = join(late.folder, 'elsewhere');
    writeFileSync(elsewhere, 'precious');
    plant(pathOf(late), elsewhere);
    await post(late, steps);
    expect(readFileSync(elsewhere, 'utf8')).toBe('precious');
  });

  test('writes nothing outside the temporary folder, whatever the saved path says', async () => {
    const steps = await openSteps({ api: 'v1' });
    const late = await steps.step(TOO_SHORT);
    const before = readFileSync(pathOf(late), 'utf8');
    await post({ runner: { ...late.runner, savedOutcomeFile: () => '/etc/hostname/outcome.json' } }, steps);
    expect(readFileSync(pathOf(late), 'utf8')).toBe(before);
    expect(late.runner.log.join('\n')).toMatch(/Warning: .*the outcome for the report.*outside/);
  });
});
