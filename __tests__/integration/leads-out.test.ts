import { describe, expect, test } from '@jest/globals';

import { PULL_REQUEST } from '../../simulator/github/pushing-agent.ts';
import type { ScenarioName } from '../../simulator/server/scenarios.ts';
import type { WorkflowEvent } from '../../src/github/event.ts';
import { deleteConversation, type Step } from '../../testbed/steps.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { GREEN, RED, sent, WAIT } from '../support/checks.ts';
import { commentOf } from '../support/github.ts';
import { type GithubSteps, openGithubSteps } from '../support/github-steps.ts';
import { messagesTo } from '../support/messages.ts';

/** Whoever does what a comment or an error says gets a green run. */

type Inputs = Readonly<Record<string, string>>;

interface Recipe {
  readonly event: WorkflowEvent;
  readonly inputs: Inputs;
  /** What starts the step again. */
  readonly again: string;
}

const ASKED = {
  'api-version': 'v1',
  'idempotency-key': 'issue-1',
  comment: 'true',
  poll: 'true',
};
/** As in `issue-label.yml`. */
const LABEL: Recipe = {
  event: { ...DISPATCH, name: 'issues', isLabeled: true, issue: 1 },
  inputs: { ...ASKED, 'if-exists': 'restart-failed' },
  again: 'remove the label and add it again',
};
/** As in `issue-comment.yml`. */
const COMMENT: Recipe = {
  event: { ...DISPATCH, name: 'issue_comment', issue: 1, comment: commentOf('/agent Fix it') },
  inputs: { ...ASKED, 'if-exists': 'send', command: '/agent' },
  again: 'comment again: /agent and what to do',
};
/** As in `weekly-readme-audit.yml`, whose runs all have one key. */
const AUDIT: Recipe = {
  event: DISPATCH,
  inputs: { ...ASKED, comment: 'false', 'idempotency-key': 'readme-audit', 'if-exists': 'restart-merged' },
  again: 'start a new run',
};
/** As in `many-repositories.yml`, whose runs all have the key of the task. */
const MANY: Recipe = {
  event: DISPATCH,
  inputs: { ...ASKED, comment: 'false', 'idempotency-key': 'license-2027', 'if-exists': 'restart-failed' },
  again: 'start a new run',
};
/** As in `failed-checks.yml`. */
const FAILED_CHECKS: Recipe = {
  event: { ...DISPATCH, name: 'workflow_run' },
  inputs: { ...ASKED, 'idempotency-key': 'pull-request-7', 'issue-number': '7', 'on-paused': 'fail' },
  again: 'start a new run',
};
const RESULT: Inputs = { 'require-result': 'done' };
const IF_FOUND_AGAIN = '(if it finds this conversation again, delete that first)';
const SCHEMA: Inputs = { 'output-schema': '{"type": "object", "required": ["findings"]}' };

let runs = 100;

/** Runs the recipe once, as a run of its own. `scenario`: what the agent does with its message. */
async function run(
  steps: GithubSteps,
  { inputs }: Recipe,
  scenario: ScenarioName,
  more: Inputs,
  attempt = { runId: String((runs += 1)), isFirstAttempt: true },
): Promise<Step> {
  const text = `Fix it.\nsimulate: ${scenario}`;
  const message =
    inputs['command'] === undefined
      ? { message: text }
      : { 'message-template': `${text}\n{{ github.event.comment.body }}` };
  return steps.step({ ...inputs, ...more, ...message }, undefined, {
    ...attempt,
    step: [attempt.runId, 'agent', 'ask'],
    templateContext: async () =>
      Promise.resolve({
        github: { repository: '', server_url: '' },
        event: { comment: { body: '/agent Fix it' } },
      }),
  });
}

/** Returns what the last comment says people should do. */
function adviceIn({ github }: GithubSteps): string {
  return /\*\*What to do:\*\* (.*)\.$/m.exec(github.comments.at(-1)?.bodies.at(-1) ?? '')?.[1] ?? 'nothing';
}

describe.each<[string, Recipe, ScenarioName, Inputs, first: string]>([
  [
    'a label, a context too small, and the agent was paused',
    LABEL,
    'forgets-forever',
    RESULT,
    'use a shorter message or a model with a larger context',
  ],
  [
    '/agent, a context too small, and the agent was paused',
    COMMENT,
    'forgets-forever',
    RESULT,
    'use a shorter message or a model with a larger context',
  ],
  [
    'a label, a context too small, and the agent has ended',
    LABEL,
    'forgetful',
    RESULT,
    'use a shorter message or a model with a larger context',
  ],
  [
    '/agent, a context too small, and the agent has ended',
    COMMENT,
    'forgetful',
    RESULT,
    'use a shorter message or a model with a larger context',
  ],
  [
    'a label, a wrong key of the model',
    LABEL,
    'model-key',
    RESULT,
    'check the key of the model and what it may use (llm-api-key and its secret, or the settings of the account or server)',
  ],
  [
    '/agent, a wrong key of the model',
    COMMENT,
    'model-key',
    RESULT,
    'check the key of the model and what it may use (llm-api-key and its secret, or the settings of the account or server)',
  ],
  ['/agent, a sandbox that has failed', COMMENT, 'sandbox-error', RESULT, ''],
  ['a label, a sandbox that has failed', LABEL, 'sandbox-error', RESULT, ''],
])('%s', (_, recipe, scenario, more, first) => {
  test('says what leads out', async () => {
    const steps = await openGithubSteps({}, { event: recipe.event });
    const failed = await run(steps, recipe, scenario, more);
    expect(failed.runner.failures).toHaveLength(1);
    const advice = `${first === '' ? '' : `${first}, then `}${recipe.again} ${IF_FOUND_AGAIN}`;
    expect(adviceIn(steps)).toBe(advice);
    // The author gets the same, with the address.
    expect(failed.runner.failures[0]).toContain(`What to do: ${advice} (http`);
    await expectWayOut(steps, failed, async () => run(steps, recipe, 'done', more));
  });
});

/** Follows the easier half of an advice, and only if that leads to the same conversation again, the other one, too. */
async function expectWayOut(steps: GithubSteps, failed: Step, again: () => Promise<Step>): Promise<void> {
  const id = failed.runner.outputs['conversation-id'] ?? '';
  const next = await again();
  if (next.outcome.status === 'finished') return;
  expect(next.runner.outputs['conversation-id']).toBe(id);
  await deleteConversation(steps, id);
  expect((await again()).outcome.status).toBe('finished');
}

test('a label starts another agent after a wrong model, a clone that failed and a conversation that is gone, and nobody deletes anything', async () => {
  const typo = { repository: 'octo-org/octo-repo', branch: 'typo' };
  for (const [scenario, branch] of [
    ['unknown-model', ''],
    ['vanish', ''],
    ['forever', 'typo'],
  ] as const) {
    const steps = await openGithubSteps({ failedClones: [typo] }, { event: LABEL.event });
    const failed = await run(steps, LABEL, scenario, { ...RESULT, branch });
    expect(failed.runner.failures).toHaveLength(1);
    expect(adviceIn(steps)).toContain(LABEL.again);
    const again = await run(steps, LABEL, 'done', RESULT);
    expect(again.outcome.status).toBe('finished');
    expect(steps.simulator.conversations).toHaveLength(2);
  }
});

describe('a re-run of a run whose answer does not match output-schema costs no other answer', () => {
  test.each<[string, Recipe]>([
    ['a label', LABEL],
    ['/agent', COMMENT],
  ])('%s', async (_, recipe) => {
    const steps = await openGithubSteps({}, { event: recipe.event });
    // The second run finds the conversation of the first.
    for (const runId of ['31', '32']) {
      await run(steps, recipe, 'message', SCHEMA, { runId, isFirstAttempt: true });
      const told = messagesTo(steps);
      const again = await run(steps, recipe, 'message', SCHEMA, { runId, isFirstAttempt: false });
      expect(again.outcome.status).toBe('invalid-output');
      expect(messagesTo(steps)).toEqual(told);
    }
  });
});

/** Returns what the error of a failed step says the author of the workflow should do. */
function adviceTo({ runner }: Step): string {
  return /What to do: (.*)\.$/.exec(runner.failures.join())?.[1]?.replace(/ \(http\S+\)$/, '') ?? 'nothing';
}

/** Tells the agent of a failed step something, as people do in its conversation. */
async function tell(steps: GithubSteps, failed: Step, scenario: ScenarioName): Promise<void> {
  await steps.step({
    'api-version': 'v1',
    'conversation-id': failed.runner.outputs['conversation-id'] ?? '',
    message: `Go on.\nsimulate: ${scenario}`,
    poll: 'true',
  });
}

const SHARED: readonly [string, Recipe][] = [
  ['an audit', AUDIT],
  ['a task of many repositories', MANY],
  ['failed checks', FAILED_CHECKS],
];

describe.each(SHARED)(
  '%s, whose runs share a key, leads out, and its conversation is deleted only if it is found again:',
  (_, recipe) => {
    test.each<[ScenarioName, Inputs]>([
      ['unknown-model', RESULT],
      ['model-key', RESULT],
      ['forgetful', RESULT],
      ['forgets-forever', RESULT],
      ['sandbox-error', RESULT],
    ])('%s', async (scenario, more) => {
      const steps = await openGithubSteps({}, { event: recipe.event });
      const failed = await run(steps, recipe, scenario, more);
      expect(adviceTo(failed).endsWith(`start a new run ${IF_FOUND_AGAIN}`)).toBe(true);
      await expectWayOut(steps, failed, async () => run(steps, recipe, 'done', more));
    });
  },
);

describe.each<[string, Recipe]>([...SHARED, ['a label', LABEL], ['/agent', COMMENT]])(
  '%s leads out after its agent was told to, and starts no other one:',
  (_, recipe) => {
    test.each<[ScenarioName, Inputs, said: RegExp]>([
      [
        'model-credit',
        RESULT,
        /^add credit to the account that pays for the model, then tell the agent to continue /,
      ],
      ['max-iterations', RESULT, /^tell the agent to continue /],
      ['blocked', RESULT, /^remove what blocks the agent, then tell the agent to continue /],
      ['stuck', RESULT, /^tell the agent what to do instead /],
      ['message', SCHEMA, /^ask the agent for an answer that matches output-schema /],
    ])('%s', async (scenario, more, said) => {
      const steps = await openGithubSteps({}, { event: recipe.event });
      const failed = await run(steps, recipe, scenario, more);
      expect(adviceTo(failed)).toMatch(said);
      const good = more === SCHEMA ? 'json' : 'done';
      if (recipe === COMMENT) {
        expect(adviceIn(steps)).toMatch(/ with another comment that begins with \/agent$/);
        expect((await run(steps, recipe, good, more)).outcome.status).toBe('finished');
      } else {
        expect(adviceTo(failed)).toContain('in its conversation');
        await tell(steps, failed, good);
      }
      expect(steps.simulator.conversations).toHaveLength(1);
    });
  },
);

test('a label names /agent, which continues its agent, and says what the label would do', async () => {
  const steps = await openGithubSteps({}, { event: LABEL.event });
  await run(steps, LABEL, 'max-iterations', RESULT);
  expect(adviceIn(steps)).toBe(
    'tell the agent to continue with a comment that begins with /agent, or in its conversation (a label may start another agent)',
  );
  expect((await run(steps, COMMENT, 'done', RESULT)).outcome.status).toBe('finished');
  expect(steps.simulator.conversations).toHaveLength(1);
});

describe('a key whose conversations the server hides is changed in the workflow', () => {
  test.each<[string, Recipe]>([
    ['a label', LABEL],
    ['/agent', COMMENT],
  ])('%s', async (_, recipe) => {
    const steps = await openGithubSteps({}, { event: recipe.event });
    const hidden = await run(steps, recipe, 'never-appears', RESULT);
    expect(hidden.outcome.status).toBe('missing');
    const advice = `change the key in the workflow, if all its runs have the same, then ${recipe.again}`;
    expect([adviceIn(steps), adviceTo(hidden)]).toEqual([advice, advice]);
    const again = await run(steps, recipe, 'done', { ...RESULT, 'idempotency-key': 'issue-1-b' });
    expect(again.outcome.status).toBe('finished');
  });
});

test('a label on an issue whose agent has finished says how to ask for more, in words for its readers', async () => {
  const steps = await openGithubSteps({}, { event: LABEL.event });
  await run(steps, LABEL, 'done', RESULT);
  await run(steps, LABEL, 'done', RESULT);
  const said = steps.github.comments.at(-1)?.bodies.at(-1) ?? '';
  expect(said).toContain(
    '<p>No other agent was started: the last one finished.<br>\n' +
      'To ask for more, write to the agent with a comment that begins with /agent, or in its conversation.</p>',
  );
  expect(said).not.toMatch(/idempotency-key|restart/);
});

test('an audit that has reached its limit goes on in its next run, once the limit is raised in the file', async () => {
  const steps = await openGithubSteps({}, { event: AUDIT.event });
  const spent = await run(steps, AUDIT, 'long', { 'max-cost-usd': '0.25' });
  expect(spent.outcome.status).toBe('over-budget');
  expect(adviceTo(spent)).toBe(
    'raise max-cost-usd in the workflow before the next run, which with the same limit may start another agent',
  );
  const again = await run(steps, AUDIT, 'long', { 'max-cost-usd': '5' });
  expect(again.outcome.status).toBe('finished');
  expect(steps.simulator.conversations).toHaveLength(1);
});

test('a run by hand that has reached its limit says that only its id leads back to its agent', async () => {
  const steps = await openGithubSteps();
  const recipe = { event: DISPATCH, inputs: { 'api-version': 'v1', poll: 'true' }, again: '' };
  const attempt = { runId: '61', isFirstAttempt: true };
  const spent = await run(
    steps,
    recipe,
    'long',
    { 'idempotency-key': 'run-61', 'max-cost-usd': '0.25' },
    attempt,
  );
  expect(adviceTo(spent)).toBe(
    'raise max-cost-usd in the workflow, then start a new run with this conversation-id (without it, another agent starts)',
  );
  const id = spent.runner.outputs['conversation-id'] ?? '';
  const byId = { 'idempotency-key': 'run-62', 'conversation-id': id, 'max-cost-usd': '5' };
  expect((await run(steps, recipe, 'done', byId)).outcome.status).toBe('finished');
  expect(steps.simulator.conversations).toHaveLength(1);
});

test('an audit whose answer does not say whether it is done is run again, and its workflow decides by which agent', async () => {
  const steps = await openGithubSteps({ scenario: 'message' }, { event: AUDIT.event });
  const attempt = { runId: '51', isFirstAttempt: true };
  const failed = await run(steps, AUDIT, 'message', RESULT, attempt);
  expect(failed.outcome.status).toBe('invalid-output');
  expect(adviceTo(failed)).toBe('read in the answer what is left to do');
  const again = await run(steps, AUDIT, 'done', RESULT, { ...attempt, isFirstAttempt: false });
  expect(again.outcome.status).toBe('finished');
  expect(steps.simulator.conversations).toHaveLength(2);
});

test('a label whose key names the run does not start an agent beside one that was paused', async () => {
  const steps = await openGithubSteps({}, { event: LABEL.event });
  const own = { ...RESULT, 'idempotency-key': 'issue-1-53' };
  const attempt = { runId: '53', isFirstAttempt: true };
  await run(steps, LABEL, 'long', { ...own, 'timeout-seconds': '120' }, attempt);
  expect(adviceIn(steps)).toBe('re-run the job, which continues this conversation');
  await run(steps, LABEL, 'done', own, { ...attempt, isFirstAttempt: false });
  expect(steps.simulator.conversations).toHaveLength(1);
});

test('a run by hand whose answer does not match output-schema is green after a right answer and a re-run, and no other agent is paid', async () => {
  const steps = await openGithubSteps();
  const attempt = { runId: '71', isFirstAttempt: true };
  const recipe = { event: DISPATCH, inputs: { 'api-version': 'v1', poll: 'true' }, again: '' };
  const inputs = { ...SCHEMA, 'idempotency-key': 'run-71' };
  const failed = await run(steps, recipe, 'message', inputs, attempt);
  expect(adviceTo(failed)).toBe(
    'ask the agent for an answer that matches output-schema in its conversation, then re-run the job',
  );
  // The easier half alone pays nothing.
  const told = messagesTo(steps);
  const alone = await run(steps, recipe, 'message', inputs, { ...attempt, isFirstAttempt: false });
  expect([alone.outcome.status, messagesTo(steps)]).toEqual(['invalid-output', told]);
  await tell(steps, failed, 'json');
  const again = await run(steps, recipe, 'message', inputs, { ...attempt, isFirstAttempt: false });
  expect(again.outcome.status).toBe('finished');
  expect(steps.simulator.conversations).toHaveLength(1);
});

test('a run by hand with the id of no conversation is started again with the right one', async () => {
  const steps = await openGithubSteps();
  const inputs = { 'api-version': 'v1', poll: 'true', message: 'Go on.' };
  const started = await steps.step(inputs);
  const wrong = await steps.step({ ...inputs, 'conversation-id': '0a1b2c3d000040008000000000000000' });
  expect(wrong.outcome.status).toBe('missing');
  expect(adviceTo(wrong)).toBe(
    'check conversation-id and base-url, and that api-key belongs to the account of the conversation, then start a new run',
  );
  const right = { ...inputs, 'conversation-id': started.runner.outputs['conversation-id'] ?? '' };
  expect((await steps.step(right)).outcome.status).toBe('finished');
});

test('a step that only waits for its agent is told that a paused one needs a message', async () => {
  const steps = await openGithubSteps();
  const inputs = { 'api-version': 'v1', poll: 'true' };
  const started = await steps.step({ ...inputs, poll: 'false', message: 'simulate: long' });
  const byId = { ...inputs, 'conversation-id': started.runner.outputs['conversation-id'] ?? '' };
  const late = await steps.step({ ...byId, 'timeout-seconds': '120' });
  expect(late.outcome.status).toBe('timed-out');
  expect(adviceTo(late)).toBe(
    'tell the agent to continue in a new run with this conversation-id and a message',
  );
  const again = await steps.step({ ...byId, message: 'Go on.\nsimulate: done' });
  expect(again.outcome.status).toBe('finished');
});

test('a run by hand with the id of an agent whose model has failed is started again without it', async () => {
  const steps = await openGithubSteps();
  const inputs = { 'api-version': 'v1', poll: 'true' };
  const failed = await steps.step({ ...inputs, message: 'simulate: model-key' });
  const more = {
    ...inputs,
    message: 'simulate: model-key',
    'conversation-id': failed.runner.outputs['conversation-id'] ?? '',
  };
  expect(adviceTo(await steps.step(more))).toMatch(
    /^check the key .*, then start a new run without this conversation-id$/,
  );
  expect((await steps.step({ ...inputs, message: 'simulate: done' })).outcome.status).toBe('finished');
});

test('a job whose checks have failed is run again after a fix', async () => {
  const steps = await openGithubSteps();
  const keyed = { ...WAIT, 'idempotency-key': 'green-77' };
  steps.pushes({ checks: [RED] });
  const failed = await steps.step(keyed);
  expect(failed.outcome.status).toBe('checks-failed');
  expect(adviceTo(failed)).toMatch(/^push a fix: https:\S+$/);
  steps.github.push({ number: PULL_REQUEST }, { checks: [GREEN], in: 0 });
  const again = await steps.step(keyed, undefined, { isFirstAttempt: false, attempt: '2' });
  expect(again.outcome.status).toBe('finished');
  expect(sent(steps)).toEqual([]);
});
