import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { parseFault } from '../../simulator/fault-text.ts';
import { isRecord, parseJson } from '../../simulator/json.ts';
import { isAtWork } from '../../simulator/server/at-work.ts';
import { FETCHED } from '../../simulator/server/worktree.ts';
import type { Disturb } from '../../testbed/network.ts';
import { logOf, type Step, type Steps } from '../../testbed/steps.ts';
import { ALONE, errorOf, idOf, openServer, type Variant } from '../support/agent-server.ts';
import { finding, openReviewSteps, withFindings } from '../support/reviews.ts';

const FOLDER = '/srv/project';
const INPUTS = {
  'api-version': 'agent-server',
  message: 'Check the README',
  'working-directory': FOLDER,
  branch: 'next',
  poll: 'true',
};
const KEYED = { ...INPUTS, 'idempotency-key': 'issue-12' };
const PATCH = { 'patch-file': 'agent.patch' };
const START = 'POST /api/conversations';
const ARCHIVE = 'GET /api/file/archive';
const isNoList = (request: string): boolean => !request.startsWith('GET /api/conversations/search');
/** The commit of the folder itself. */
const HEAD = '5eedc0de'.repeat(5);

const patchOf = async ({ folder }: Step): Promise<string> => readFile(join(folder, 'agent.patch'), 'utf8');

/** Returns the bodies of the starts. */
function starts({ simulator }: Pick<Steps, 'simulator'>): readonly unknown[] {
  return simulator.requests
    .filter(({ method, path }) => `${method} ${path}` === START)
    .map(({ body }) => parseJson(body));
}

function atWork({ simulator }: Pick<Steps, 'simulator'>): number {
  return simulator.conversations.filter(isAtWork).length;
}

/** The outputs of a step that has started nothing. */
const failedWith = (kind: string): object => ({
  status: 'start-failed',
  'failure-kind': kind,
  'outcome-file': expect.any(String),
});

describe('a branch at an agent server', () => {
  test('is a worktree of its own, from the newest commit at origin; the log names the folder', async () => {
    const steps = await openServer();
    const run = await steps.step(INPUTS);
    expect(run.runner.outputs).toMatchObject({ status: 'finished' });
    expect(starts(steps)).toMatchObject([
      {
        workspace: { working_dir: FOLDER },
        worktree: true,
        worktree_options: { base: 'ref', ref: 'origin/next' },
      },
    ]);
    expect(logOf(run)).toContain(`/tmp/conversation-worktrees/${idOf(run)}/project`);
    expect(logOf(run)).not.toContain('Warning');
    expect(logOf(run)).not.toContain('ignored');
  });

  test.each([
    ['with poll', {}, 0],
    ['without poll', { poll: 'false' }, 1],
    ['with a patch', PATCH, 1],
  ])('costs, %s, few requests more', async (_, inputs, more) => {
    const [plain, steps] = [await openServer(), await openServer()];
    await plain.step({ ...INPUTS, ...inputs, branch: '' });
    await steps.step({ ...INPUTS, ...inputs });
    const [without, withBranch] = [plain, steps].map((each) => each.requests().filter(isNoList));
    expect((withBranch?.length ?? 0) - (without?.length ?? 0)).toBe(more);
    // Who else works in the folder matters only without a branch.
    expect(plain.requests().filter((each) => !isNoList(each))).toHaveLength(1);
    expect(steps.requests().every(isNoList)).toBe(true);
  });

  test('of two conversations at once gives each its own folder and its own patch, from the commit that the server fetched', async () => {
    const steps = await openServer();
    const branches = ['next', 'release/1.0'];
    const runs = await Promise.all(
      branches.map(async (branch, index) =>
        steps.step({ ...INPUTS, branch, ...PATCH, message: `Task ${index}` }),
      ),
    );
    expect(runs.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
    expect(new Set(runs.map((run) => /\S*conversation-worktrees\S*/.exec(logOf(run))?.[0])).size).toBe(2);
    for (const run of runs) {
      expect(run.runner.outputs['patch-base']).toBe(FETCHED);
      expect(await patchOf(run)).toMatch(/^diff --git a\/README\.md/);
    }
  });

  test('keeps the sub-folder that working-directory is of its repository', async () => {
    const steps = await openServer({}, { repository: '/srv/project' });
    const run = await steps.step({ ...INPUTS, 'working-directory': '/srv/project/docs' });
    expect(run.outcome.status).toBe('finished');
    expect(logOf(run)).toContain(`${idOf(run)}/project/docs`);
  });

  test('without it the agent works in the folder itself, as it is', async () => {
    const steps = await openServer();
    const run = await steps.step({ ...INPUTS, branch: '', ...PATCH });
    expect(starts(steps)[0]).not.toHaveProperty('worktree');
    expect(run.runner.outputs['patch-base']).toBe(HEAD);
  });
});

describe('a start with a branch', () => {
  test('that is not at origin fails in the words of the server, is asked for once, and nothing is started', async () => {
    const steps = await openServer({ absentRefs: ['origin/next'] });
    const run = await steps.step(INPUTS);
    expect(run.runner.outputs).toEqual(failedWith('not-found'));
    expect(errorOf(run)).toMatch(
      /origin\/next.*git worktree add.*What to do: check that the branch next exists .* clone of all branches/,
    );
    expect([starts(steps).length, steps.simulator.conversations]).toEqual([1, []]);
  });

  test('whose name the server refuses fails as a wrong input that names branch', async () => {
    const steps = await openServer();
    const run = await steps.step({ ...INPUTS, branch: 'fix#1' });
    expect(run.runner.outputs).toEqual(failedWith('input'));
    expect(errorOf(run)).toMatch(
      /worktree_options\.ref: String should match.*What to do: check .*\bbranch\b/,
    );
    expect(steps.simulator.conversations).toEqual([]);
  });

  test.each([
    ['is no repository', 'plain', 'is not in a git repository'],
    ['is not there', 'missing', "does not exist on the server's machine"],
    ['has no commit', 'empty', 'is a repository without a commit'],
    ['has no remote', 'no-remote', 'has no remote'],
    ['is bare, or a .git folder', 'bare', 'has no files of a git repository'],
  ] as const)('in a folder that %s fails before it, and the error says so', async (_, folder, why) => {
    for (const more of [{}, PATCH]) {
      const steps = await openServer({ folder });
      const run = await steps.step({ ...INPUTS, ...more });
      expect(run.runner.outputs).toEqual(failedWith('input'));
      expect(errorOf(run)).toContain(`working-directory ${FOLDER} ${why}`);
      expect([starts(steps), steps.simulator.conversations]).toEqual([[], []]);
    }
  });

  test.each(['503 always', 'reset always', '401'])(
    'is sent although the folder cannot be looked at: %s',
    async (fault) => {
      const steps = await openServer({}, { faults: [parseFault(`${ARCHIVE} ${fault}`)] });
      expect((await steps.step(INPUTS)).outcome.status).toBe('finished');
    },
  );

  test('is sent after 10 s if the server is busy with a fetch for another job', async () => {
    const isIt: Disturb = (method, target) =>
      `${method} ${target}`.startsWith(ARCHIVE) ? { answer: { kind: 'hang' } } : undefined;
    const steps = await openServer({}, {}, isIt);
    const before = steps.clock.now();
    const run = await steps.step({ ...INPUTS, message: 'simulate: message' });
    expect(run.outcome.status).toBe('finished');
    expect(steps.clock.now() - before).toBeLessThan(25_000);
  });

  test('is sent once the server answers again, if it is busy with a fetch for another job from the beginning on', async () => {
    let asked = 0;
    const isBusy: Disturb = (_, target) =>
      target === '/server_info' && (asked += 1) === 1 ? { answer: { kind: 'hang' } } : undefined;
    const steps = await openServer({}, {}, isBusy);
    const run = await steps.step(INPUTS);
    expect(run.outcome.status).toBe('finished');
    expect(starts(steps)).toMatchObject([{ worktree: true }]);
  });

  test.each(['reset after', '503 after', 'hang'])(
    'whose answer is lost (%s) finds the conversation and its folder',
    async (fault) => {
      let isFirst = true;
      const hangs: Disturb = (method, target) => {
        if (`${method} ${target}` !== START || !isFirst) return undefined;
        isFirst = false;
        return { answer: { kind: 'hang' }, when: 'after' };
      };
      const faults = fault === 'hang' ? [] : [parseFault(`${START} ${fault}`)];
      const steps = await openServer({}, { faults }, fault === 'hang' ? hangs : undefined);
      const run = await steps.step({ ...INPUTS, ...PATCH });
      expect(run.runner.outputs).toMatchObject({ status: 'finished', 'patch-base': FETCHED });
      expect(logOf(run)).toContain('/tmp/conversation-worktrees/');
      expect(steps.simulator.conversations).toHaveLength(1);
    },
  );
});

describe('a server that makes no worktree although it should', () => {
  test.each([
    ['with poll', {}],
    ['without poll', { poll: 'false' }],
    ['with a key', { 'idempotency-key': 'issue-12' }],
    ['with a key that sends', { 'idempotency-key': 'issue-12', 'if-exists': 'send' }],
  ] as const)('has its agent paused, and the step fails: %s', async (_, more) => {
    const steps = await openServer({ ignoresWorktree: true });
    const run = await steps.step({ ...INPUTS, message: 'simulate: forever', ...more });
    expect(run.runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'server' });
    expect(errorOf(run)).toMatch(/no worktree.*works in \/srv\/project itself.*the agent was paused/i);
    expect(idOf(run).replaceAll('-', '')).toBe(steps.simulator.conversations[0]?.id);
    expect([steps.simulator.conversations.length, atWork(steps)]).toEqual([1, 0]);
  });

  test('has its agent paused if the answer to the start was lost', async () => {
    const faults = [parseFault(`${START} reset after`)];
    const steps = await openServer({ ignoresWorktree: true }, { faults });
    const run = await steps.step({ ...INPUTS, message: 'simulate: forever' });
    expect(run.outcome.status).toBe('start-failed');
    expect([steps.simulator.conversations.length, atWork(steps)]).toEqual([1, 0]);
  });

  test('leaves the agent at work with stop-on-timeout: false, and the error says so', async () => {
    const steps = await openServer({ ignoresWorktree: true });
    const run = await steps.step({ ...INPUTS, message: 'simulate: forever', 'stop-on-timeout': 'false' });
    expect(run.outcome.status).toBe('start-failed');
    expect(errorOf(run)).toMatch(/the agent continues/);
  });

  test('is only a notice for a conversation that another step has started in the folder', async () => {
    for (const ifExists of ['attach', 'send']) {
      const steps = await openServer();
      await steps.step({ ...KEYED, branch: '' });
      const run = await steps.step({ ...KEYED, 'if-exists': ifExists, ...PATCH }, undefined, { runId: '43' });
      expect(run.runner.outputs).toMatchObject({ status: 'finished', reused: 'true', 'patch-base': HEAD });
      expect(logOf(run)).toMatch(/was there before, and its agent works in \/srv\/project itself/);
    }
  });
});

describe('the patch of a worktree', () => {
  const WITH_PATCH = { ...INPUTS, ...PATCH };

  test.each([
    ['at the root of the clone', {}],
    ['below it', { 'working-directory': '/srv/project/docs' }],
    ['after a 429', {}, ['POST /api/conversations 429 retry-after=3 x1']],
  ] as const)(
    'counts from the commit with which it began, if git keeps no log of HEAD: %s',
    async (_, more, faults: readonly string[] = []) => {
      const variant = { hasNoLog: true };
      const options = { repository: FOLDER, faults: faults.map(parseFault) };
      const steps = await openServer(variant, options);
      const run = await steps.step({ ...WITH_PATCH, ...more });
      expect(run.runner.outputs).toMatchObject({ status: 'finished', 'patch-base': FETCHED });
      expect(steps.requests().filter((each) => each.includes('base_ref=origin%2Fnext'))).toHaveLength(1);
    },
  );

  test.each([
    ['the server fails then', 503],
    ['the server refuses it then', 404],
    ['the agent has committed by then', 200],
  ])('counts from it by the log of HEAD if %s', async (_, status) => {
    const headers = {
      'x-archive-base-commit': FETCHED,
      'x-archive-head-commit': 'c0ffee00'.repeat(5),
      'x-archive-repo-root': encodeURIComponent(FOLDER),
    };
    const answer = { kind: 'status', status, headers: status === 200 ? headers : {}, body: '' } as const;
    const steps = await openServer(
      {},
      { faults: [{ path: '/api/file/archive', skip: 1, times: 1, answer }] },
    );
    const run = await steps.step(WITH_PATCH);
    expect(run.runner.outputs).toMatchObject({ status: 'finished', 'patch-base': FETCHED });
    expect(steps.requests().findLast((each) => each.startsWith(ARCHIVE))).toContain('HEAD%40');
  });

  test.each([
    ['cancel', 'cancelled'],
    ['deadline', 'timed-out'],
  ])('loses no conversation at a %s while the commit is read', async (why, status) => {
    let asked = 0;
    const disturb: Disturb = (method, target) =>
      `${method} ${target}`.startsWith(ARCHIVE) && (asked += 1) === 2
        ? { answer: { kind: 'hang' } }
        : undefined;
    const steps = await openServer({}, {}, disturb);
    const inputs = { ...WITH_PATCH, message: 'simulate: forever' };
    const run =
      why === 'cancel'
        ? await steps.step(inputs, 2)
        : await steps.step({ ...inputs, 'timeout-seconds': '3' });
    expect(run.runner.outputs['status']).toBe(status);
    expect(idOf(run).replaceAll('-', '')).toBe(steps.simulator.conversations[0]?.id);
    expect([steps.simulator.conversations.length, atWork(steps)]).toEqual([1, 0]);
  });

  test('whose beginning nobody knows any more fails the step, and the advice is about git', async () => {
    const steps = await openServer({ hasNoLog: true });
    const first = await steps.step(KEYED);
    for (const again of [
      KEYED,
      { 'api-version': 'agent-server', poll: 'true', 'conversation-id': idOf(first) },
    ]) {
      const run = await steps.step({ ...again, ...PATCH }, undefined, { attempt: '2' });
      expect(run.runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'server' });
      expect(errorOf(run)).toMatch(
        /could not be resolved\)\. What to do: check that it is a git repository, and that core\.logAllRefUpdates is not off in its config, then start a new run/,
      );
      expect(errorOf(run)).not.toContain('llm-api-key');
      expect(run.runner.outputs).not.toHaveProperty('patch-file');
    }
  });

  test.each([
    ['with a log of HEAD', false],
    ['without', true],
  ])('fails the step if the agent has made a new repository there, %s', async (_, hasNoLog) => {
    const steps = await openServer({ makesRepository: true, hasNoLog });
    const run = await steps.step({ ...KEYED, ...PATCH });
    expect(run.runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'server' });
    expect(errorOf(run)).toMatch(
      /the agent has replaced the repository of its folder \S+, or removed it \(.*\)\. What to do: tell the agent in the message to keep the repository of its folder, then start a new run \(if it finds this conversation again/,
    );
    expect(run.runner.outputs).not.toHaveProperty('patch-file');
    // A step that does not know the commit notices it, too.
    const again = await steps.step({ ...KEYED, ...PATCH }, undefined, { attempt: '2' });
    expect(again.runner.outputs).toMatchObject({ status: 'error', 'failure-kind': 'server' });
    expect(errorOf(again)).not.toContain('llm-api-key');
  });

  test('of the folder itself fails, too, if the agent has made a new repository there', async () => {
    const steps = await openServer({ makesRepository: true });
    const run = await steps.step({ ...WITH_PATCH, branch: '' });
    expect(run.outcome.status).toBe('error');
    expect(errorOf(run)).toMatch(/the agent has replaced the repository/);
  });
});

describe('a server that tells no folder for the conversation', () => {
  test.each([
    ['of this step', {}],
    ['of another', { 'idempotency-key': 'issue-12' }],
  ])('gets a warning: %s', async (_, more) => {
    const steps = await openServer({ hidesFolder: true });
    const inputs = { ...INPUTS, ...more };
    const runs = [await steps.step(inputs)];
    if ('idempotency-key' in more) runs.push(await steps.step(inputs, undefined, { attempt: '2' }));
    for (const run of runs) {
      expect(run.outcome.status).toBe('finished');
      const warnings = run.runner.log.filter((line) => line.includes('Warning'));
      expect(warnings).toEqual([
        expect.stringMatching(/does not say in which folder.*worktree of branch next/),
      ]);
    }
  });

  test('gets none without a branch', async () => {
    const steps = await openServer({ hidesFolder: true });
    expect(logOf(await steps.step({ ...INPUTS, branch: '' }))).not.toContain('Warning');
  });
});

describe('two conversations at once in one folder, without a branch', () => {
  const PLAIN = { ...INPUTS, branch: '' };
  const WORKING = { ...PLAIN, message: 'simulate: forever', poll: 'false' };
  const WARNING = /Another conversation is at work in/;
  const LIST_HANGS: Disturb = (_method, target) =>
    target.startsWith('/api/conversations/search') ? { answer: { kind: 'hang' } } : undefined;

  test('are one warning of the later step, which names the other conversation', async () => {
    const steps = await openServer();
    const first = await steps.step({ ...WORKING, 'working-directory': '/srv//project/' });
    await steps.clock.sleep(5_000, new AbortController().signal);
    const run = await steps.step(PLAIN);
    expect(run.outcome.status).toBe('finished');
    const warnings = run.runner.log.filter((line) => line.includes('Warning'));
    expect(warnings).toEqual([expect.stringMatching(/at work in \/srv\/project: .*concurrency/)]);
    expect(warnings[0]?.replaceAll('-', '')).toContain(idOf(first).replaceAll('-', ''));
    expect(logOf(first)).not.toMatch(WARNING);
  });

  test('are counted if there are more', async () => {
    const steps = await openServer();
    for (const runId of ['41', '42', '43']) await steps.step(WORKING, undefined, { runId });
    await steps.clock.sleep(5_000, new AbortController().signal);
    expect(logOf(await steps.step(PLAIN))).toMatch(/at work in \/srv\/project: \S+ ?\S+, and 2 more\./);
  });

  test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, Variant]>([
    ['the other one has ended', { message: 'simulate: message', poll: 'true' }, {}, {}],
    ['it works elsewhere', { 'working-directory': '/srv/other' }, {}, {}],
    ['it has a worktree', { branch: 'next' }, {}, {}],
    ['this one has a worktree', {}, { branch: 'next' }, {}],
    ['the server tells no folders', {}, {}, { hidesFolder: true }],
  ])('are none if %s', async (_, first, second, variant) => {
    const steps = await openServer(variant);
    await steps.step({ ...WORKING, ...first });
    await steps.clock.sleep(5_000, new AbortController().signal);
    expect(logOf(await steps.step({ ...PLAIN, ...second }))).not.toMatch(WARNING);
  });

  test.each(['503 always', '404', '401', 'reset', 'garbage', 'hang'])(
    'are not known if the list cannot be read (%s), and the start goes on',
    async (fault) => {
      const faults = fault === 'hang' ? [] : [parseFault(`GET /api/conversations/search ${fault}`)];
      const steps = await openServer({}, { faults }, fault === 'hang' ? LIST_HANGS : undefined);
      const run = await steps.step(PLAIN);
      expect(run.outcome.status).toBe('finished');
      expect(logOf(run)).not.toContain('Warning');
    },
  );

  test('are looked for once before a start, however often it is tried, and never if a key finds a conversation', async () => {
    const faults = [parseFault('POST /api/conversations 429 retry-after=3 x3')];
    const steps = await openServer({}, { faults });
    const inputs = { ...KEYED, branch: '' };
    await steps.step(inputs);
    expect(starts(steps)).toHaveLength(4);
    await steps.step(inputs, undefined, { attempt: '2' });
    await steps.step({ ...inputs, 'if-exists': 'send' }, undefined, { runId: '43' });
    expect(steps.requests().filter((each) => !isNoList(each))).toHaveLength(1);
  });

  test('leave no agent at work after a cancel while the list is read', async () => {
    const steps = await openServer({}, {}, LIST_HANGS);
    const run = await steps.step({ ...PLAIN, message: 'simulate: forever' }, 2);
    expect(run.outcome.status).toBe('cancelled');
    expect(idOf(run)).not.toBe('');
    expect([steps.simulator.conversations.length, atWork(steps)]).toEqual([1, 0]);
  });
});

describe('a conversation that another step has started without a branch', () => {
  test.each(['attach', 'send'])(
    'is named if it is in another folder than this step asks for: %s',
    async (ifExists) => {
      const steps = await openServer();
      const inputs = { ...KEYED, branch: '', 'if-exists': ifExists };
      await steps.step({ ...inputs, 'working-directory': '/srv/typo' });
      const other = await steps.step(inputs, undefined, { runId: '43' });
      expect(logOf(other)).toContain(
        'The conversation was there before, and its agent works in /srv/typo, not in /srv/project. For an agent there, use another idempotency-key',
      );
      const same = await steps.step({ ...inputs, 'working-directory': '/srv/./typo/' }, undefined, {
        runId: '44',
      });
      expect(logOf(same)).not.toContain('works in /srv/typo, not');
    },
  );
});

describe('a conversation with a worktree', () => {
  test('is taken up by a re-run, with the patch of its worktree', async () => {
    const steps = await openServer();
    const first = await steps.step({ ...KEYED, ...PATCH });
    const again = await steps.step({ ...KEYED, ...PATCH }, undefined, { attempt: '2' });
    expect(again.runner.outputs).toMatchObject({ status: 'finished', reused: 'true', 'patch-base': FETCHED });
    expect(await patchOf(again)).toBe(await patchOf(first));
    expect(starts(steps)).toHaveLength(1);
    expect(logOf(again)).toContain(`/tmp/conversation-worktrees/${idOf(first)}/project`);
  });

  test.each([
    [
      'by its id',
      (id: string) => ({ ...INPUTS, branch: '', 'working-directory': '', 'conversation-id': id }),
    ],
    ['by its key', () => ({ ...KEYED, 'if-exists': 'send' })],
  ])('gets a follow-up %s, with the patch of its worktree', async (_, again) => {
    const steps = await openServer();
    const first = await steps.step(KEYED);
    const inputs = { ...again(idOf(first)), ...PATCH, message: 'And the tests?' };
    const run = await steps.step(inputs, undefined, { runId: '43' });
    expect(run.runner.outputs).toMatchObject({ status: 'finished', 'patch-base': FETCHED });
    expect(await patchOf(run)).toMatch(/^diff --git/);
  });
});

describe('a review with a branch', () => {
  const REVIEW = { ...INPUTS, review: 'true' };

  test('starts from the head that is reviewed, so one that was not fetched cannot be reviewed', async () => {
    const steps = await openReviewSteps({ ...ALONE, answer: withFindings(finding()) });
    const run = await steps.step(REVIEW);
    expect(run.outcome.status).toBe('finished');
    const [review] = steps.github.reviews;
    expect(starts(steps)).toMatchObject([{ worktree_options: { base: 'ref', ref: review?.commit } }]);
  });

  test('of a head that the server cannot fetch fails, and no review is posted', async () => {
    const head = '3f08ba31fbd9e317ea53b64bd0cd53b2f8eb1f4b';
    const steps = await openReviewSteps({ ...ALONE, answer: '', agentServer: { absentRefs: [head] } });
    const run = await steps.step(REVIEW);
    expect(run.runner.outputs).toEqual(failedWith('not-found'));
    expect(errorOf(run)).toMatch(
      new RegExp(`${head}.* What to do: check that the pull request's branch exists`),
    );
    expect([steps.simulator.conversations, steps.github.reviews]).toEqual([[], []]);
  });

  test('without a branch is in the folder itself', async () => {
    const steps = await openReviewSteps({ ...ALONE, answer: withFindings(finding()) });
    await steps.step({ ...REVIEW, branch: '' });
    const [body] = starts(steps);
    expect(isRecord(body) && 'worktree' in body).toBe(false);
  });
});

describe('an agent server before 1.57', () => {
  const OLD = { canvas: 'local', version: '1.49.1' } as const;

  test.each([
    ['alone', {}],
    ['with a patch, on this machine', PATCH],
    ['found by a key', { 'idempotency-key': 'issue-12' }],
  ])('works in the folder itself, with one warning that names concurrency: %s', async (_, more) => {
    const steps = await openServer(OLD);
    const run = await steps.step({ ...INPUTS, ...more });
    expect(run.outcome.status).toBe('finished');
    expect(starts(steps)[0]).not.toHaveProperty('worktree');
    const warnings = run.runner.log.filter((line) => line.includes('Warning') && !line.includes('key'));
    expect(warnings).toEqual([expect.stringMatching(/1\.57.*next.*\/srv\/project.*concurrency/)]);
  });

  test.each([['1.56.9'], ['0.99.0']])('has version %s, too', async (version) => {
    const steps = await openServer({ version });
    expect(logOf(await steps.step(INPUTS))).toMatch(/Warning: .*concurrency/);
  });

  test.each([['1.57.0'], ['1.100.0'], ['2.0.0']])('does not have version %s', async (version) => {
    const steps = await openServer({ version });
    expect(logOf(await steps.step(INPUTS))).toContain('/tmp/conversation-worktrees/');
  });

  test.each([
    ['tells no version', { hidesVersion: true }, []],
    ['cannot be asked', {}, ['GET /server_info 503 always']],
  ] as const)('may be one that %s: nothing is started', async (_, variant, faults) => {
    const steps = await openServer(variant, { faults: faults.map(parseFault) });
    const run = await steps.step(INPUTS);
    expect(run.runner.outputs).toEqual(failedWith('server'));
    expect(errorOf(run)).toMatch(/version.*update the server/);
    expect([starts(steps), steps.simulator.conversations]).toEqual([[], []]);
  });
});
