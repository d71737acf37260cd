import assert from 'node:assert/strict';

import { assertClosed } from '../live/scenarios/local.ts';
import { ASK, assertNothingRan, type Case, step } from './checks.ts';
import type { WorkflowRun } from './run.ts';

const LOCAL = 'examples/local.yml';
/** A job that gets the outputs of the called workflow. */
const NEXT = `
  next:
    needs: agent
    runs-on: ubuntu-latest
    steps:
      - name: Say what came of it
        env:
          OUTPUTS: \${{ toJSON(needs.agent.outputs) }}
        run: echo "$OUTPUTS"
`;

/** The cases of the recipe for an agent on the runner, with OpenHands' own agent server. */
export const ON_THE_RUNNER: readonly Case[] = [
  {
    name: 'an agent on the runner changes a file, and another job opens the pull request',
    order: {
      workflow: LOCAL,
      event: 'workflow_dispatch',
      payload: 'dispatch.json',
      isLocal: true,
      edits: [['code at once\n', `code at once\n${NEXT}`]],
    },
    check: (run: WorkflowRun): void => {
      const { outputs } = step(run, ASK);
      assert.deepEqual([outputs['status'], outputs['api-version']], ['finished', 'agent-server']);
      assert.match(outputs['response'] ?? '', /\nResult: done$/);
      assert.ok(run.turns > 1);
      assert.ok(run.log.includes('The agent is isolated: '));
      assert.match(run.gh, /^pull request: openhands\/\d+ to topic\nA {2}hello\.txt\ntitle: .+\n$/);
      // act passes no outputs on from a workflow that a called workflow calls, as GitHub does.
      const passed: unknown = JSON.parse(step(run, 'Say what came of it').printed);
      assert.partialDeepStrictEqual(passed, { status: 'finished', 'cost-usd': outputs['cost-usd'] ?? '' });
      const { 'pull-request-url': url } = step(run, 'Open the pull request').outputs;
      assert.equal(url, 'https://github.com/octo-org/octo-repo/pull/13');
      assert.equal(step(run, 'Upload it for the report').result, 'success');
      assertStopped(run);
    },
  },
  {
    name: 'an agent that looks for the secrets of the job finds none',
    order: {
      workflow: LOCAL,
      event: 'workflow_dispatch',
      payload: 'dispatch-of-a-spy.json',
      isLocal: true,
    },
    check: (run: WorkflowRun): void => {
      const report = [...run.patch.matchAll(/^\+([a-z-]+\t(?:closed|OPEN)\t.*)$/gm)].map(([, row]) => row);
      assertClosed(report.join('\n'));
      assert.match(run.gh, /^A {2}spy\.txt$/m);
      assertStopped(run);
    },
  },
  {
    name: 'an agent without tools only answers: there is no patch, and no pull request',
    order: {
      workflow: LOCAL,
      event: 'workflow_dispatch',
      payload: 'dispatch-of-an-answer.json',
      isLocal: true,
      edits: [['require-result: done', 'tools: none']],
    },
    check: (run: WorkflowRun): void => {
      const { outputs } = step(run, ASK);
      assert.deepEqual([outputs['status'], outputs['patch-file'] ?? ''], ['finished', '']);
      assert.ok(run.log.includes('The agent has no tools: it can only think and finish'));
      assert.equal(run.gh, '');
      assertStopped(run);
    },
  },
  {
    name: 'triggered by comments, a stranger starts no agent',
    order: {
      workflow: LOCAL,
      event: 'issue_comment',
      payload: 'command.json',
      actor: 'octo-stranger',
      isLocal: true,
      edits: [
        ['  workflow_dispatch:', '  issue_comment:\n  workflow_dispatch:'],
        ['${{ inputs.message }} #', 'Do what the comment says. #'],
      ],
    },
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).outputs['status'], 'skipped');
      assert.equal(run.turns, 0);
      assert.equal(run.gh, '');
      assertStopped(run);
    },
  },
  {
    name: 'in a run for a pull request from a fork, nothing starts',
    order: {
      workflow: LOCAL,
      event: 'pull_request',
      payload: 'review-labeled-on-a-fork.json',
      edits: [
        ['  workflow_dispatch:', '  pull_request:\n    types: [labeled]\n  workflow_dispatch:'],
        ['${{ inputs.message }} #', 'Do it better. #'],
      ],
    },
    check: assertNothingRan,
  },
];

/** Asserts that the server of the job has stopped, and all steps succeeded. */
function assertStopped(run: WorkflowRun): void {
  assert.equal(step(run, 'Start the agent server', 'Post').result, 'success');
  assert.ok(run.log.includes('The agent server and all processes that it started were stopped'));
}
