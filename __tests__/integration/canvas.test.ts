import { describe, expect, test } from '@jest/globals';

import { parseFault } from '../../simulator/fault-text.ts';
import { parseJson } from '../../simulator/json.ts';
import { isAtWork } from '../../simulator/server/at-work.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import type { Workflow } from '../../src/github/workflow.ts';
import type { Disturb } from '../../testbed/network.ts';
import { post } from '../../testbed/post.ts';
import { logOf, type Step, type Steps } from '../../testbed/steps.ts';
import { DISPATCH, KEY } from '../../testbed/world.ts';
import { textAt } from '../simulator/client.ts';
import { openSteps } from '../support/open-steps.ts';

const FOLDER = '/srv/project';
/** The inputs for Agent Canvas: no model, and no key of one. */
const INPUTS = { message: 'Check the README', 'working-directory': FOLDER, poll: 'true' };
const OWN_MODEL = { model: 'openai/any', 'llm-api-key': 'sk-llm-integration-tests' };
const WRITTEN_OUT = { 'api-version': 'agent-server' };
const INFO = 'GET /server_info';
const START = 'POST /api/conversations';
const PROFILES = 'GET /api/agent-profiles';
const KEYED = { 'idempotency-key': 'issue-12' };

type Variant = NonNullable<SimulatorOptions['agentServer']>;

/** Starts Agent Canvas 1.20.0 for steps, unless the variant says otherwise. */
async function openCanvas(
  variant: Variant = {},
  { faults = [], ...more }: { readonly faults?: readonly string[] } & Parameters<typeof openSteps>[1] = {},
): Promise<Steps> {
  const options: SimulatorOptions = {
    api: 'agent-server',
    authorization: { kind: 'session', key: KEY },
    agentServer: { canvas: 'local', version: '1.49.1', ...variant },
    faults: faults.map(parseFault),
  };
  return openSteps(options, more);
}

/** Returns the options of a network or a server with a fault at a request. On the simulated clock only the network can hang. */
function failing(request: string, fault: string): Parameters<typeof openCanvas>[1] {
  if (fault !== 'hang') return { faults: [`${request}* ${fault}`] };
  const isIt: Disturb = (method, target) =>
    `${method} ${target}`.startsWith(request) ? { answer: { kind: 'hang' } } : undefined;
  return { disturb: isIt };
}

const idOf = ({ runner }: Step): string => runner.outputs['conversation-id'] ?? '';
const urlOf = ({ runner }: Step): string | undefined => runner.outputs['conversation-url'];

/** Returns how often a request was sent, as "METHOD path". */
function sent({ requests }: Steps, request: string): number {
  return requests().filter((each) => each === request).length;
}

/** Returns the bodies of the starts. */
function starts({ simulator }: Steps): readonly unknown[] {
  return simulator.requests
    .filter(({ method, path }) => `${method} ${path}` === START)
    .map(({ body }) => parseJson(body));
}

describe('the page of a conversation in Agent Canvas', () => {
  test.each([
    ['local', 'detected', {}, '/conversations/'],
    ['local', 'written out', WRITTEN_OUT, '/conversations/'],
    ['docker', 'detected', {}, '/canvas/conversations/'],
    ['backend', 'written out', WRITTEN_OUT, '/api/conversations/'],
  ] as const)(
    'of Canvas as %s, with the API %s, is told from one read of the server',
    async (canvas, _, more, path) => {
      const steps = await openCanvas({ canvas });
      const run = await steps.step({ ...INPUTS, ...more });
      const url = `${steps.simulator.url}${path}${idOf(run)}`;
      expect(run.runner.outputs).toMatchObject({ status: 'finished', 'conversation-url': url });
      expect(sent(steps, INFO)).toBe(1);
      expect(logOf(run).includes('no web pages')).toBe(canvas === 'backend');
      expect(run.runner.page().includes(`(${url})`) || run.runner.page().includes(`href="${url}"`)).toBe(
        canvas !== 'backend',
      );
    },
  );

  test('is known to a step that takes up the conversation, by its id or its key', async () => {
    const steps = await openCanvas();
    const first = await steps.step({ ...INPUTS, ...KEYED });
    expect(urlOf(first)).toBe(`${steps.simulator.url}/conversations/${idOf(first)}`);
    for (const again of [{ 'conversation-id': idOf(first) }, { ...INPUTS, ...KEYED }])
      expect(urlOf(await steps.step({ ...again, ...WRITTEN_OUT }))).toBe(urlOf(first));
  });

  test.each(['503 always', '401 always', 'garbage', 'wrong', '404', 'hang'])(
    'is unknown if the server cannot be asked: %s; that delays the step by a few seconds at most',
    async (fault) => {
      const steps = await openCanvas({}, failing(INFO, fault));
      const before = steps.clock.now();
      const run = await steps.step({ ...INPUTS, ...WRITTEN_OUT, message: 'simulate: message' });
      expect(run.outcome.status).toBe('finished');
      expect(urlOf(run)).toBe(`${steps.simulator.url}/api/conversations/${idOf(run)}`);
      expect(sent(steps, INFO)).toBe(fault === 'hang' ? 0 : 1);
      expect(steps.clock.now() - before).toBeLessThan(15_000);
    },
  );

  test('is known to post, too', async () => {
    const steps = await openCanvas();
    const killed = await steps.step({ ...INPUTS, message: 'simulate: forever' }, 0.001);
    expect(killed.outcome.status).toBe('cancelled');
    await post(killed, steps);
    expect(logOf(killed)).toContain(`: ${steps.simulator.url}/conversations/`);
    expect(logOf(killed)).not.toContain('/api/conversations/');
    expect(steps.simulator.conversations.filter(isAtWork)).toEqual([]);
  });
});

describe('without model', () => {
  test("the server's active profile decides, and no key of a model is sent", async () => {
    const steps = await openCanvas();
    const run = await steps.step(INPUTS);
    expect(run.outcome.status).toBe('finished');
    const [body] = starts(steps);
    expect(body).toMatchObject({
      agent_profile_id: expect.any(String),
      workspace: { working_dir: FOLDER },
    });
    expect(body).not.toHaveProperty('agent_settings');
  });

  test('profile and working-directory are looked at only for a start', async () => {
    const steps = await openCanvas();
    const first = await steps.step({ ...INPUTS, ...KEYED });
    const looks = (): number => steps.requests().filter((each) => each.includes('/api/file/archive')).length;
    expect([sent(steps, PROFILES), looks()]).toEqual([1, 1]);
    await steps.step({ ...INPUTS, ...KEYED, 'if-exists': 'send' });
    await steps.step({ 'conversation-id': idOf(first), message: 'And now?', poll: 'true' });
    expect(looks()).toBe(1);
    await steps.step({ ...INPUTS, ...OWN_MODEL });
    expect([sent(steps, PROFILES), sent(steps, START)]).toEqual([1, 2]);
  });

  test.each([
    ['has no active profile', 'none', {}, 0],
    ['has no profiles', 'unsupported', {}, 0],
    ['has an active profile whose model is not set up', 'no-model', {}, 1],
    // It might refuse the tags: asked once more without them.
    [
      'of version 1.58.2 has an active profile whose model is not set up',
      'no-model',
      { version: '1.58.2' },
      2,
    ],
    ['has such a profile, and is to make a worktree', 'no-model', { version: '1.58.2', branch: 'next' }, 2],
  ] as const)(
    'a server that %s starts nothing, and the error says both ways',
    async (_, profile, more, asked) => {
      const { version, branch } = { version: '1.49.1', branch: '', ...more };
      const steps = await openCanvas({ profile, version });
      const run = await steps.step({ ...INPUTS, ...WRITTEN_OUT, branch });
      expect(run.runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'input' });
      expect(run.runner.outputs).not.toHaveProperty('conversation-id');
      expect(run.runner.failures).toEqual([
        expect.stringMatching(
          /What to do: .*set up a model in the settings of the server.*, or set model and llm-api-key/,
        ),
      ]);
      expect([steps.simulator.conversations, sent(steps, START)]).toEqual([[], asked]);
    },
  );

  test.each(['none', 'unsupported', 'no-model'] as const)(
    "a fork's run is skipped if there is no profile to decide: %s",
    async (profile) => {
      const event = { ...DISPATCH, whyNoSecrets: 'runs of forks get no secrets' };
      const steps = await openCanvas({ profile }, { event });
      const done = await steps.step({ ...INPUTS, ...WRITTEN_OUT });
      expect([done.outcome.status, done.runner.failures]).toEqual(['skipped', []]);
      expect(logOf(done)).toContain('runs of forks get no secrets');
    },
  );

  test("a fork's run whose profile decides is not skipped", async () => {
    const event = { ...DISPATCH, whyNoSecrets: 'runs of forks get no secrets' };
    const { step } = await openCanvas({}, { event });
    expect((await step({ ...INPUTS, ...WRITTEN_OUT })).outcome.status).toBe('finished');
  });
});

describe('the tags of a conversation', () => {
  test('say the repository and the run', async () => {
    const steps = await openCanvas();
    await steps.step({ ...INPUTS, ...OWN_MODEL, repository: 'none' }, undefined, { runId: '42' });
    expect(starts(steps)).toMatchObject([
      { tags: { githubrepository: 'octo-org/octo-repo', githubrun: '42' } },
    ]);
  });

  test('say which step of which job and attempt has started it: an attempt, a step or a job of a matrix has its own', async () => {
    const steps = await openCanvas();
    const step = ['42', 'agent', '__octo-org_openhands'];
    const jobs: readonly (readonly [Readonly<Record<string, string>>, Partial<Workflow>])[] = [
      [{}, { step }],
      [{}, { step, attempt: '2' }],
      [{}, { step: ['42', 'agent', 'second'] }],
      [{}, { step: ['42', 'other', '__octo-org_openhands'] }],
      [{ message: 'Check the tests' }, { step }],
      [{ branch: 'next' }, { step }],
      [{ 'idempotency-key': 'issue-12' }, { step }],
      [{ 'output-schema': '{"type":"string"}', poll: 'true' }, { step }],
    ];
    for (const [inputs, workflow] of [...jobs, ...jobs.slice(0, 1)])
      await steps.step({ ...INPUTS, poll: 'false', ...inputs }, undefined, workflow);
    const tags = starts(steps).map((start) => textAt(start, 'tags.githubstep'));
    expect(new Set(tags).size).toBe(jobs.length);
    expect(tags.at(-1)).toBe(tags[0]);
    for (const tag of tags) expect(tag).toMatch(/^[\da-f-]{36}$/);
  });

  test('are left out in a second request if the server refuses them, and one conversation results', async () => {
    const steps = await openCanvas({ refusesTags: true });
    const run = await steps.step({ ...INPUTS, ...KEYED });
    expect(run.runner.outputs).toMatchObject({ status: 'finished', reused: 'false' });
    const [first, second] = starts(steps);
    expect(first).toHaveProperty('tags');
    expect(second).not.toHaveProperty('tags');
    expect(textAt(second, 'agent_profile_id')).toBe(textAt(first, 'agent_profile_id'));
    expect(steps.simulator.conversations).toHaveLength(1);
  });
});

describe('a working-directory', () => {
  test.each([
    ['that is not there', 'missing', {}],
    [
      'that is an empty repository without a commit, with patch-file',
      'empty',
      { 'patch-file': 'agent.patch' },
    ],
    ['that is not there, with patch-file', 'missing', { 'patch-file': 'agent.patch' }],
  ] as const)('%s fails the step, which names it and starts nothing', async (_, folder, more) => {
    const steps = await openCanvas({ folder });
    const run = await steps.step({ ...INPUTS, ...more });
    expect(run.runner.outputs).toMatchObject({ status: 'start-failed', 'failure-kind': 'input' });
    expect(run.runner.outputs).not.toHaveProperty('conversation-id');
    expect(run.runner.failures).toEqual([expect.stringContaining(`working-directory ${FOLDER}`)]);
    expect([steps.simulator.conversations, sent(steps, START)]).toEqual([[], 0]);
  });

  test.each(['404 always', '503 always', '400 always', 'hang'])(
    'that the server cannot tell anything about is left to the agent: %s',
    async (fault) => {
      const steps = await openCanvas({ folder: 'missing' }, failing('GET /api/file/archive', fault));
      const before = steps.clock.now();
      const { outcome } = await steps.step({ ...INPUTS, message: 'simulate: message' });
      expect(outcome.status).toBe('finished');
      expect(steps.clock.now() - before).toBeLessThan(20_000);
    },
  );
});
