import assert from 'node:assert/strict';

import { type Case, step } from './checks.ts';
import type { WorkflowRun } from './run.ts';

const TWO_JOBS = 'examples/start-then-wait.yml';
const NOT_WAITING = 'examples/start-without-waiting.yml';
/** A run that only starts its agent. act cannot skip the job with the matrix of a sweep. */
const STARTED = {
  workflow: NOT_WAITING,
  event: 'workflow_dispatch',
  payload: 'dispatch.json',
  job: 'start',
};

const SWEEP = { workflow: NOT_WAITING, event: 'schedule', payload: 'schedule.json', before: [STARTED] };
const WAITED = { workflow: TWO_JOBS, event: 'workflow_dispatch', payload: 'dispatch.json' };

/** The cases of the recipes that start an agent and look at it later. */
export const WAITING: readonly Case[] = [
  {
    name: 'one job starts the agent, and another waits for it',
    order: WAITED,
    check: (run: WorkflowRun): void => {
      assert.equal(run.starts.length, 1);
      assert.equal(step(run, 'Start the agent').outputs['status'], 'running');
      const { outputs } = step(run, 'Wait for the agent');
      assert.equal(outputs['status'], 'finished');
      assert.equal(outputs['conversation-id'], step(run, 'Start the agent').outputs['conversation-id']);
    },
  },
  {
    name: 'a run that does not wait leaves its agent to the sweep, which forgets it once it has ended',
    order: {
      ...SWEEP,
      scenario: 'hidden-finish', // an idle sandbox is paused
      // The second run ends after the agent of the first.
      before: [STARTED, { ...WAITED, runId: 2 }],
    },
    check: (run: WorkflowRun): void => {
      assert.equal(run.starts[0]?.message, 'Name the three oldest open issues.');
      // Not at the artifacts of other workflows, and of no run.
      const looks = run.steps.filter(({ name, stage }) => name === 'Check the agent' && stage === 'Main');
      assert.equal(looks.length, 1);
      const { outputs } = step(run, 'Check the agent');
      assert.equal(outputs['status'], 'finished');
      assert.match(outputs['response'] ?? '', /README/);
      assert.match(run.gh, /^gh api --method DELETE repos\/octo-org\/octo-repo\/actions\/artifacts\/1$/m);
    },
  },
  {
    name: 'a sweep keeps an agent that is still at work',
    order: { ...SWEEP, scenario: 'forever' },
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, 'Check the agent').outputs['status'], 'running');
      assert.ok(!run.gh.includes('DELETE'));
    },
  },
  {
    name: 'a sweep fails for an agent that has failed, and forgets it',
    order: { ...SWEEP, scenario: 'error' },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, 'Check the agent').outputs['status'], 'error');
      assert.ok(run.gh.includes('DELETE'));
    },
  },
];
