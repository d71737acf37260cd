import { describe, expect, test } from '@jest/globals';

import { parseFault } from '../../simulator/fault-text.ts';
import { isAtWork } from '../../simulator/server/at-work.ts';
import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import type { Disturb } from '../../testbed/network.ts';
import { post } from '../../testbed/post.ts';
import { logOf, type Step, type Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { openSteps } from '../support/open-steps.ts';

const never = new AbortController().signal;
const REPOSITORY = 'octo-org/octo-repo';
const INPUTS = { message: 'Check the README', poll: 'true' };
const KEYED = { ...INPUTS, 'idempotency-key': 'issue-12' };
const FAILED = { status: 'start-failed', 'failure-kind': 'not-found' };
const NOT_CLONED = `the server could not clone ${REPOSITORY}`;

const errorOf = ({ runner }: Step): string => runner.failures.join('\n');
const count = ({ requests }: Steps, part: string): number =>
  requests().filter((each) => each.includes(part)).length;
const sandboxesOf = ({ simulator }: Steps): readonly string[] =>
  simulator.sandboxes.map(({ status }) => status);

/** A V1 server that cannot clone the branch `typo`. */
async function openV1(options: SimulatorOptions = {}): Promise<Steps> {
  return openSteps({ api: 'v1', failedClones: [{ repository: REPOSITORY, branch: 'typo' }], ...options });
}

describe('V1: a repository that the server could not clone', () => {
  test.each(['true', 'false'])('fails the step, and the agent is paused, with poll: %s', async (poll) => {
    const steps = await openV1({ scenario: 'forever' });
    const begun = steps.clock.now();
    const done = await steps.step({ ...INPUTS, poll, branch: 'typo' });
    expect(done.runner.outputs).toMatchObject(FAILED);
    expect(done.runner.outputs['conversation-url']).toBeDefined();
    expect(errorOf(done)).toMatch(
      new RegExp(
        `^failed to start the conversation: ${NOT_CLONED} at branch typo \\(.*two minutes.*no commit\\), and the agent was paused\\. What to do: check repository and branch, .*repository: none\\), then start a new run`,
      ),
    );
    expect(sandboxesOf(steps)).toEqual(['PAUSED']);
    expect(steps.clock.now() - begun).toBeLessThan(30_000);
  });

  test('fails the step even if its agent has finished by then', async () => {
    const steps = await openV1({ scenario: 'no-answer' });
    expect((await steps.step({ ...INPUTS, branch: 'typo' })).runner.outputs).toMatchObject(FAILED);
  });

  test('without a branch is named by itself', async () => {
    const steps = await openV1({ failedClones: [{ repository: REPOSITORY }] });
    expect(errorOf(await steps.step(INPUTS))).toContain(`${NOT_CLONED} (`);
  });

  test('is not looked for if the step has none', async () => {
    const steps = await openV1();
    expect((await steps.step({ ...INPUTS, repository: 'none' })).outcome.status).toBe('finished');
    expect(count(steps, '/api/file/archive')).toBe(0);
  });

  test('costs two requests of a step whose repository was cloned, and none of them twice with patch-file', async () => {
    const steps = await openV1();
    expect((await steps.step(INPUTS)).outcome.status).toBe('finished');
    expect(count(steps, '/api/file/archive')).toBe(1);
    const conversations = steps
      .requests()
      .filter((each) => /^GET \/agent-server\/[^/]+\/api\/conversations\/[^/?]+$/.test(each));
    expect(conversations).toHaveLength(1);
    const other = await openV1();
    await other.step({ ...INPUTS, 'patch-file': 'x.patch' });
    expect(count(other, '/api/file/archive')).toBe(2);
    expect(
      other.requests().filter((each) => /^GET \/agent-server\/[^/]+\/api\/conversations\/[^/?]+$/.test(each)),
    ).toHaveLength(1);
  });

  test.each([
    'GET */api/file/archive 429',
    'GET */api/file/archive 502',
    'GET */api/file/archive reset',
    'GET */api/file/archive page',
    'GET /agent-server/*/api/conversations/* 502',
  ])('is seen although one request about it fails, and the log says nothing of that: %s', async (fault) => {
    for (const poll of ['true', 'false']) {
      const steps = await openV1({ scenario: 'forever', faults: [parseFault(fault)] });
      const done = await steps.step({ ...INPUTS, poll, branch: 'typo', 'timeout-seconds': '60' });
      expect(done.runner.outputs).toMatchObject(FAILED);
      expect(logOf(done)).not.toContain('trying again');
    }
  });

  test('is seen once its sandbox runs, if that was paused before the step could ask', async () => {
    const steps = await openV1({ scenario: 'forever' });
    const running = steps.step({ ...INPUTS, branch: 'typo', 'timeout-seconds': '90' });
    const act = async (what: 'pause' | 'resume'): Promise<void> => {
      const sandbox = steps.simulator.conversations[0]?.sandboxId ?? '';
      await steps.fetch(`${steps.simulator.url}/api/v1/sandboxes/${sandbox}/${what}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}` },
      });
    };
    await steps.clock.sleep(7_000, never);
    await act('pause');
    await steps.clock.sleep(20_000, never);
    expect(count(steps, '/api/file/archive')).toBe(0);
    await act('resume');
    const done = await running;
    expect(done.runner.outputs).toMatchObject(FAILED);
    expect(errorOf(done)).toContain(NOT_CLONED);
  });

  test('does not flood the log if the sandbox cannot be reached', async () => {
    const steps = await openV1({ faults: [parseFault('GET /agent-server/* reset always')] });
    const done = await steps.step(INPUTS);
    expect(done.outcome.status).toBe('finished');
    expect(logOf(done)).not.toMatch(/trying again|Warning/);
    expect(count(steps, '/agent-server/')).toBeLessThan(15);
  });

  test.each([
    'GET */api/file/archive 404 always',
    'GET */api/file/archive 500 always',
    'GET */api/file/archive 400 always',
    'GET */api/file/archive page always',
    'GET /agent-server/*/api/conversations/* 404 always',
  ])('is overlooked if nobody can be asked, within 10 s: %s', async (fault) => {
    const steps = await openV1({ scenario: 'forever', faults: [parseFault(fault)] });
    const begun = steps.clock.now();
    const done = await steps.step({ ...INPUTS, poll: 'false', branch: 'typo' });
    expect(done.outcome.status).toBe('running');
    expect(errorOf(done)).toBe('');
    expect(steps.clock.now() - begun).toBeLessThan(30_000);
  });

  test.each(['/api/file/archive', '/api/conversations/'])(
    'is overlooked if the server does not answer within 10 s, and only delays a step that does not wait: %s',
    async (path) => {
      const disturb: Disturb = (_, target) =>
        target.startsWith('/agent-server/') && target.includes(path)
          ? { answer: { kind: 'hang' } }
          : undefined;
      for (const poll of ['true', 'false']) {
        const steps = await openSteps({ api: 'v1', scenario: 'long' }, { disturb });
        const begun = steps.clock.now();
        const done = await steps.step({ ...INPUTS, poll });
        expect(done.outcome.status).toBe(poll === 'true' ? 'finished' : 'running');
        if (poll === 'false') expect(steps.clock.now() - begun).toBeLessThan(25_000);
      }
    },
  );

  test.each([
    ['the folder is not there', 404, 'Directory not found'],
    ['it is no repository', 400, 'Not a git repository: Not a git repository: /workspace/project'],
    ['HEAD cannot be resolved', 400, "base_ref 'HEAD' could not be resolved"],
  ])('is seen if %s', async (_, status, detail) => {
    const answer = { kind: 'status', status, body: JSON.stringify({ detail }) } as const;
    const steps = await openV1({ scenario: 'forever', faults: [{ path: '*/api/file/archive', answer }] });
    expect((await steps.step(INPUTS)).runner.outputs).toMatchObject(FAILED);
    expect(sandboxesOf(steps)).toEqual(['PAUSED']);
  });

  test('is named by post, too, if main could not pause the agent', async () => {
    let isMain = true;
    const disturb: Disturb = (_, target) =>
      isMain && /pause$|interrupt$/.test(target) ? { answer: { kind: 'hang' } } : undefined;
    const failedClones = [{ repository: REPOSITORY, branch: 'typo' }];
    const steps = await openSteps({ api: 'v1', scenario: 'forever', failedClones }, { disturb });
    const done = await steps.step({ ...INPUTS, branch: 'typo' });
    expect(errorOf(done)).toContain('so it may continue');
    isMain = false;
    const said = done.runner.page().length;
    await post(done, steps);
    expect(sandboxesOf(steps)).toEqual(['PAUSED']);
    expect(done.runner.page().slice(said)).toMatch(
      new RegExp(`${NOT_CLONED} at branch typo \\(.*no commit\\), and the agent was paused`, 'i'),
    );
  });

  test('is seen although the app server cannot read the status of the agent just then', async () => {
    const disturb: Disturb = (_, target) =>
      target.includes('/app-conversations?ids=')
        ? {
            answer: {
              kind: 'tampered',
              change: (body) => body.replace(/"execution_status":"[^"]*"/, '"execution_status":null'),
            },
          }
        : undefined;
    const failedClones = [{ repository: REPOSITORY, branch: 'typo' }];
    for (const poll of ['true', 'false']) {
      const steps = await openSteps({ api: 'v1', scenario: 'forever', failedClones }, { disturb });
      const done = await steps.step({ ...INPUTS, poll, branch: 'typo' });
      expect(done.runner.outputs).toMatchObject(FAILED);
    }
  });

  test('in a shared sandbox only interrupts its agent', async () => {
    const steps = await openV1({ scenario: 'forever', sharedSandbox: true });
    expect((await steps.step({ ...INPUTS, poll: 'false', repository: 'none' })).outcome.status).toBe(
      'running',
    );
    const answer = { kind: 'status', status: 404, body: '{"detail":"Directory not found"}' } as const;
    steps.simulator.order({ path: '*/api/file/archive', answer });
    expect((await steps.step({ ...INPUTS, branch: 'typo' })).runner.outputs).toMatchObject(FAILED);
    expect(sandboxesOf(steps)).toEqual(['RUNNING']);
    expect(count(steps, '/interrupt')).toBe(1);
  });
});

describe('V1: a conversation of the key without its repository', () => {
  /** A step that could not ask has left it. */
  const openAfter = async (
    inputs: Readonly<Record<string, string>>,
    scenario: ScenarioName,
  ): Promise<Steps> => {
    const steps = await openV1({ scenario });
    steps.simulator.order({ path: '*/api/file/archive', answer: { kind: 'status', status: 403 } });
    await steps.step({ ...KEYED, branch: 'typo', ...inputs });
    return steps;
  };

  /** It is at work, or paused. */
  const openWithEarlier = async (isPaused: boolean): Promise<Steps> => {
    const steps = await openAfter(isPaused ? { 'timeout-seconds': '30' } : { poll: 'false' }, 'forever');
    expect(sandboxesOf(steps)).toEqual([isPaused ? 'PAUSED' : 'RUNNING']);
    return steps;
  };

  /** Its agent has ended. */
  const openWithEnded = async (): Promise<Steps> => {
    const steps = await openAfter({}, 'finish');
    expect([steps.simulator.conversations.filter(isAtWork), sandboxesOf(steps)]).toEqual([[], ['RUNNING']]);
    return steps;
  };

  test.each([
    ['at work', 'attach', false],
    ['at work', 'send', false],
    ['paused', 'attach', true],
    ['paused', 'send', true],
  ])(
    'that is %s fails the step, and does not work afterwards, with if-exists: %s',
    async (_, ifExists, isPaused) => {
      const steps = await openWithEarlier(isPaused);
      const done = await steps.step({ ...KEYED, branch: 'typo', 'if-exists': ifExists }, undefined, {
        runId: '7',
      });
      expect(done.runner.outputs).toMatchObject(FAILED);
      expect(errorOf(done)).toContain(NOT_CLONED);
      expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
      expect([count(steps, '/send-message'), count(steps, '/run')]).toEqual([
        ifExists === 'send' && isPaused ? 1 : 0,
        0,
      ]);
    },
  );

  test.each([
    ['at work', 'restart', false],
    ['at work', 'restart-merged', false],
    ['paused', 'restart-failed', true],
  ])('that is %s counts as ended badly, with if-exists: %s', async (_, ifExists, isPaused) => {
    const steps = await openWithEarlier(isPaused);
    const done = await steps.step({ ...KEYED, message: 'simulate: finish', 'if-exists': ifExists });
    expect(done.runner.outputs).toMatchObject({ status: 'finished', reused: 'false' });
    expect(logOf(done)).toContain('could not clone the repository for the conversation of this');
    // It has started one after it had found the one before.
    expect(logOf(done)).not.toContain('starts no other conversation');
    expect(steps.simulator.conversations).toHaveLength(2);
    expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
  });

  test.each([
    ['attach', 'true'],
    ['attach', 'false'],
    ['send', 'true'],
  ])('whose agent has ended fails the step, with if-exists: %s and poll: %s', async (ifExists, poll) => {
    const steps = await openWithEnded();
    const keyed = { ...KEYED, branch: 'typo', 'if-exists': ifExists, poll };
    for (const runId of ['7', '8']) {
      const done = await steps.step(keyed, undefined, { runId });
      expect(done.runner.outputs).toMatchObject(FAILED);
      expect(errorOf(done)).toContain(`${NOT_CLONED} at branch typo`);
    }
    expect(count(steps, '/send-message')).toBe(0);
  });

  test('whose agent has ended counts as ended badly, with if-exists: restart-failed', async () => {
    const steps = await openWithEnded();
    const again = { ...KEYED, branch: 'main', 'if-exists': 'restart-failed' };
    expect((await steps.step(again)).runner.outputs).toMatchObject({ status: 'finished', reused: 'false' });
    // The next one has a repository, and did not fail.
    expect((await steps.step(again)).runner.outputs).toMatchObject({ status: 'finished', reused: 'true' });
    expect(steps.simulator.conversations).toHaveLength(2);
  });

  test('that has ended is asked for as often as one at work, and not if its sandbox is paused', async () => {
    const steps = await openV1({ scenario: 'finish' });
    await steps.step(KEYED);
    expect((await steps.step(KEYED)).outcome.status).toBe('finished');
    expect(count(steps, '/api/file/archive')).toBe(2);
    // Until its last event is stored.
    await steps.clock.sleep(60_000, never);
    const [conversation] = steps.simulator.conversations;
    await steps.fetch(`${steps.simulator.url}/api/v1/sandboxes/${conversation?.sandboxId ?? ''}/pause`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect((await steps.step(KEYED)).outcome.status).toBe('finished');
    expect(count(steps, '/api/file/archive')).toBe(2);
    expect(sandboxesOf(steps)).toEqual(['PAUSED']);
  });
});

describe('an agent server in an empty folder', () => {
  const AT_ALONE = {
    ...INPUTS,
    'api-version': 'agent-server',
    model: 'openai/any',
    'llm-api-key': 'sk-llm-tests',
    'working-directory': '/srv/empty',
  };
  const openAlone = async (): Promise<Steps> =>
    openSteps({
      api: 'agent-server',
      authorization: { kind: 'session', key: KEY },
      agentServer: { folder: 'plain' },
    });
  const runFive = async (steps: Steps, inputs: Readonly<Record<string, string>>): Promise<readonly Step[]> =>
    Promise.all(
      Array.from({ length: 5 }, async (_, index) =>
        steps.step({ ...AT_ALONE, ...inputs }, undefined, { runId: String(index) }),
      ),
    );

  test('lets five steps at once start in it', async () => {
    const steps = await openAlone();
    const done = await runFive(steps, {});
    expect(done.map(errorOf).join('')).toBe('');
    expect(done.map(({ outcome }) => outcome.status)).toEqual(Array(5).fill('finished'));
    expect(steps.simulator.conversations).toHaveLength(5);
  });

  test('lets five steps of a key share one conversation', async () => {
    const steps = await openAlone();
    const done = await runFive(steps, { 'idempotency-key': 'issue-12' });
    expect(done.map(errorOf).join('')).toBe('');
    expect(new Set(done.map(({ runner }) => runner.outputs['conversation-id'])).size).toBe(1);
    expect(steps.simulator.conversations).toHaveLength(1);
  });

  test.each([
    [
      'before the first start',
      false,
      /is not in a git repository .*and patch-file needs one \(HTTP 400: Not a git repository/,
    ],
    ['after it', true, /is a repository without a commit/],
  ])('refuses patch-file, and names the folder, %s', async (_, isUsed, why) => {
    const steps = await openAlone();
    if (isUsed) await steps.step(AT_ALONE);
    const done = await steps.step({ ...AT_ALONE, 'patch-file': 'x.patch' });
    expect(done.runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'input' });
    expect(errorOf(done)).toContain('working-directory /srv/empty');
    expect(errorOf(done)).toMatch(why);
    expect(errorOf(done)).not.toContain('llm-api-key');
  });
});
