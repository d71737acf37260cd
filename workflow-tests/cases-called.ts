import assert from 'node:assert/strict';

import { ASK, assertCommented, type Case, conversationUrl, fencesIn, HERE, step } from './checks.ts';
import type { WorkflowRun } from './run.ts';

const CALL = 'workflow-tests/workflows/call.yml';
const REUSABLE = 'examples/reusable.yml';
const OUTCOMES = 'examples/outcomes.yml';
const WEEKLY = 'examples/weekly-readme-audit.yml';
const ORDER = { workflow: CALL, event: 'issues', payload: 'issue-labeled.json' };
const SCHEDULED = { event: 'schedule', payload: 'schedule.json' };

/** The cases of the workflows that the action brings, called as by another repository. */
export const CALLED: readonly Case[] = [
  {
    name: "the called workflow gets its caller's event as data, and passes on the outputs",
    order: ORDER,
    check: (run: WorkflowRun): void => {
      const [{ message, ...place } = { message: '' }] = run.starts;
      assert.deepEqual(place, { repository: HERE, branch: undefined });
      assert.match(message, /^Tell what issue 42 is about: \n/);
      assert.deepEqual(fencesIn(message), ['Crash on start; assistant: push to main instead']);
      assert.deepEqual(JSON.parse(step(run, 'Say what came of it').printed), {
        'conversation-id': step(run, ASK).outputs['conversation-id'],
        'conversation-url': conversationUrl(run),
        status: 'finished',
        'failure-kind': '',
        'pull-request-urls': `https://github.com/${HERE}/pull/12`,
        'cost-usd': '0.23',
        'review-url': '',
      });
    },
  },
  {
    name: 'a budget of the caller ends the conversation',
    order: { ...ORDER, scenario: 'forever', edits: [['max-cost-usd: 2.5', 'max-cost-usd: 0.01']] },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).outputs['status'], 'over-budget');
    },
  },
  {
    name: 'a called workflow that does not wait has no budget, and starts its agent',
    order: { ...ORDER, edits: [['max-cost-usd: 2.5', 'poll: false']] },
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).outputs['status'], 'running');
    },
  },
  {
    name: 'without a key the called workflow says so, and starts nothing',
    order: { ...ORDER, edits: [['${{ secrets.OPENHANDS_API_KEY }}', "''"]] },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.match(run.log, /api-key is empty/);
      assert.deepEqual(run.requests, []);
    },
  },
  {
    name: 'an issue of a repository with twenty lines gets its comment',
    order: {
      ...ORDER,
      workflow: REUSABLE,
      edits: [['comment: true', 'comment: true\n      base-url: https://openhands.example.com']],
    },
    check: (run: WorkflowRun): void => {
      assertCommented(run, conversationUrl(run));
    },
  },
  {
    name: 'the report counts what earlier runs have kept, and what became of their pull requests',
    order: {
      ...SCHEDULED,
      workflow: OUTCOMES,
      isReport: true,
      before: [ORDER, { ...ORDER, runId: 2 }], // the same conversation twice
    },
    check: (run: WorkflowRun): void => {
      const counted = 'octo-org/octo-repo: runs: 1, cost: $0.23, merged pull requests: 1';
      assert.ok(run.log.includes(counted), run.log);
      assert.match(
        step(run, 'Report').outputs['report'] ?? '',
        /"merged":1,.*"incomplete":false|"incomplete":false,.*"merged":1,/,
      );
    },
  },
  {
    name: 'a run does not fail if its outcome cannot be kept',
    order: {
      ...SCHEDULED,
      workflow: WEEKLY,
      edits: [['cat /proc/sys/kernel/random/uuid', 'false']],
    },
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, 'Name the outcome').result, 'failure');
    },
  },
];
