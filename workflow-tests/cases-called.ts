import assert from 'node:assert/strict';

import { isRecord, parseJson } from '../simulator/json.ts';
import { ASK, assertCommented, type Case, conversationUrl, fencesIn, HERE, step } from './checks.ts';
import type { WorkflowRun } from './run.ts';

const CALL = 'workflow-tests/workflows/call.yml';
const REUSABLE = 'examples/reusable.yml';
const ORGANIZATION = 'examples/organization-caller.yml';
const OUTCOMES = 'examples/outcomes.yml';
const WEEKLY = 'examples/weekly-readme-audit.yml';
const ORDER = { workflow: CALL, event: 'issues', payload: 'issue-labeled.json' };
const SCHEDULED = { event: 'schedule', payload: 'schedule.json' };

/** Returns the edit that gives the called workflow more inputs. */
function inputs(...lines: readonly string[]): readonly [string, string] {
  const last = 'max-cost-usd: 2.5';
  return [last, [last, ...lines].join('\n      ')];
}

/** Returns the outputs of the called workflow, as another job gets them. */
function outputsOf(run: WorkflowRun): Readonly<Record<string, unknown>> {
  const outputs = parseJson(step(run, 'Say what came of it').printed);
  assert.ok(isRecord(outputs));
  return outputs;
}

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
      assert.deepEqual(outputsOf(run), {
        'conversation-id': step(run, ASK).outputs['conversation-id'],
        'conversation-url': conversationUrl(run),
        status: 'finished',
        'failure-kind': '',
        'pull-request-urls': `https://github.com/${HERE}/pull/12`,
        'cost-usd': '0.23',
        'review-url': '',
        checks: '',
        'structured-output': '',
      });
    },
  },
  {
    name: 'an answer that matches the schema of the caller is one of its outputs',
    order: { ...ORDER, scenario: 'json', edits: [inputs('output-schema: \'{"required": ["findings"]}\'')] },
    check: (run: WorkflowRun): void => {
      const json = outputsOf(run)['structured-output'];
      assert.ok(typeof json === 'string');
      assert.match(json, /^{"changed":true,"findings":\[{"file":"README.md",/);
    },
  },
  {
    name: 'the called workflow waits for the checks of the pull request',
    order: {
      ...ORDER,
      checks: [{ name: 'test', to: 10 }],
      edits: [inputs('wait-for-checks: true', 'max-fix-rounds: 1')],
    },
    check: (run: WorkflowRun): void => {
      assert.equal(outputsOf(run)['checks'], 'passed');
    },
  },
  {
    name: 'an agent that is blocked fails the run of the caller if it requires a result, and the comment goes where it says',
    order: {
      ...ORDER,
      scenario: 'blocked',
      edits: [inputs('require-result: done', 'comment: true', 'issue-number: 7')],
    },
    fails: true,
    check: (run: WorkflowRun): void => {
      const { outputs } = step(run, ASK);
      assert.deepEqual([outputs['status'], outputs['failure-kind']], ['not-done', 'result']);
      assert.deepEqual(
        run.comments.map(({ issue }) => issue),
        [7],
      );
    },
  },
  {
    name: 'a bot that the caller names starts an agent in the folder of its agent server',
    order: {
      ...ORDER,
      actor: 'octo-bot[bot]',
      api: 'agent-server',
      edits: [inputs('allowed-bots: octo-bot[bot]', 'working-directory: /srv/project', 'on-paused: fail')],
    },
    check: (run: WorkflowRun): void => {
      assert.match(run.log, /Starting a conversation in \/srv\/project\n/);
      assert.equal(outputsOf(run)['status'], 'finished');
    },
  },
  {
    name: 'a called workflow that does not wait refuses to judge the result',
    order: { ...ORDER, edits: [inputs('require-result: done', 'poll: false')] },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.match(run.log, /require-result needs poll: true: /);
      assert.deepEqual(run.requests, []);
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
    name: 'an issue of a repository of an organization gets its comment, by a workflow that calls another one',
    order: { ...ORDER, workflow: ORGANIZATION },
    check: (run: WorkflowRun): void => {
      assert.match(
        run.starts[0]?.message ?? '',
        /^Solve issue #42 on a branch openhands\/NAME, and open a pull request that names it\. /,
      );
      assertCommented(run, conversationUrl(run));
    },
  },
  {
    name: 'an issue of a repository of an organization with an Agent Canvas gets its comment, and its agent a worktree of the clone',
    order: { ...ORDER, workflow: ORGANIZATION, api: 'agent-server', isCanvas: true },
    check: (run: WorkflowRun): void => {
      assert.ok(run.requests.includes('POST /api/conversations -> 201'));
      assert.match(run.log, /Folder: <code>\/tmp\/conversation-worktrees\/[\da-f-]{36}\/octo-repo<\/code>/);
      assertCommented(run, step(run, ASK).outputs['conversation-url'] ?? '');
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
      const counted = 'octo-org/octo-repo: conversations: 1, cost: $0.23, merged pull requests: 1';
      assert.ok(run.log.includes(counted), run.log);
      assert.match(
        step(run, 'Report').outputs['report'] ?? '',
        /"merged":1,.*"incomplete":false|"incomplete":false,.*"merged":1,/,
      );
    },
  },
  {
    name: 'the report of an organization lists its repositories with the token of an app',
    order: {
      ...SCHEDULED,
      workflow: 'examples/organization-outcomes.yml',
      isReport: true,
      before: [ORDER],
      // The run before is of this month.
      edits: [["|| 'last'", `|| '${new Date().toISOString().slice(0, 7)}'`]],
    },
    check: (run: WorkflowRun): void => {
      assert.equal(
        step(run, 'Get a token for all repositories').outputs['token'],
        'token-of-the-app-for-octo-org',
      );
      assert.ok(
        run.log.includes('octo-org/octo-repo: conversations: 1, cost: $0.23, merged pull requests: 1'),
        run.log,
      );
      assert.equal(step(run, 'Keep the report').result, 'success');
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
