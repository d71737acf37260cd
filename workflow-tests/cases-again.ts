import assert from 'node:assert/strict';

import { ASK, type Case, step } from './checks.ts';
import type { WorkflowRun } from './run.ts';

const AGAIN = 'Try once more';
const MESSAGE = 'message: ${{ inputs.message }}';
/** Two steps of the recipe: the agent of a second try does the task. */
const DISPATCHED = {
  workflow: 'examples/try-again.yml',
  event: 'workflow_dispatch',
  payload: 'dispatch.json',
  scenario: 'done',
} as const;

/** Returns the change that has the agent of the first step end in a scenario. */
function first(scenario: string): readonly [string, string] {
  return [MESSAGE, `message: 'simulate: ${scenario}'`];
}

/** The inputs with which a step comments on an issue. */
const COMMENT = 'comment: true\n          issue-number: 42\n          ';

/** The cases of the recipe with a second try. */
export const SECOND_TRIES: readonly Case[] = [
  {
    name: 'an agent that does the task gets no second one',
    order: DISPATCHED,
    check: (run: WorkflowRun): void => {
      assert.equal(run.starts.length, 1);
      assert.ok(run.steps.every(({ name }) => name !== AGAIN));
    },
  },
  ...['blocked', 'model-key'].map((scenario) => ({
    name: `after an agent that ends as ${scenario}, another one does the task`,
    order: { ...DISPATCHED, edits: [first(scenario)] },
    check: (run: WorkflowRun): void => {
      assert.equal(run.starts.length, 2);
      const { outputs } = step(run, AGAIN);
      assert.deepEqual([outputs['status'], outputs['reused']], ['finished', 'false']);
    },
  })),
  {
    name: 'if both agents are blocked, the job fails',
    order: { ...DISPATCHED, scenario: 'blocked' },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(run.starts.length, 2);
      assert.equal(step(run, AGAIN).outputs['status'], 'not-done');
    },
  },
  {
    name: 'after an agent that fails otherwise, no other one starts, and the job fails',
    order: { ...DISPATCHED, edits: [first('max-iterations')] },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(run.starts.length, 1);
      assert.equal(step(run, AGAIN).outputs['failure-kind'], step(run, ASK).outputs['failure-kind']);
    },
  },
  {
    name: 'if the first step fails before there is an agent, such as for a wrong key, the job fails',
    order: {
      ...DISPATCHED,
      edits: [
        ['${{ secrets.OPENHANDS_API_KEY }}', 'wrong-key-of-the-tests'],
        ['${{ secrets.OPENHANDS_API_KEY }}', 'wrong-key-of-the-tests'],
      ],
    },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).outputs['failure-kind'], 'auth');
      assert.equal(step(run, AGAIN).outputs['failure-kind'], 'auth');
    },
  },
  {
    name: 'with a comment, each step has its own',
    order: {
      ...DISPATCHED,
      edits: [
        first('blocked'),
        // The lines of the first and the second step.
        ['max-cost-usd: 5\n', `${COMMENT}max-cost-usd: 5\n`],
        ['max-cost-usd: 5 #', `${COMMENT}max-cost-usd: 5 #`],
      ],
    },
    check: (run: WorkflowRun): void => {
      const [failed, finished, ...others] = run.comments.map(({ body }) => body);
      assert.match(failed ?? '', /^### 🚧 Not done /);
      assert.match(finished ?? '', /^### ✅ Finished /);
      assert.deepEqual(others, []);
    },
  },
];
