import assert from 'node:assert/strict';

import { ASK, type Case, step } from './checks.ts';
import type { Order } from './order.ts';
import type { WorkflowRun } from './run.ts';

const ORDER = { workflow: '.github/workflows/canary.yml', event: 'schedule', payload: 'schedule.json' };
const SERVER = [
  '          max-cost-usd',
  '          base-url: https://cloud.example.com\n          max-cost-usd',
] as const;
const RUN = 'https://github.com/octo-org/octo-repo/actions/runs/1';
const LIST = 'gh issue list --label canary --state open --limit 1 --json number --jq .[0].number // empty\n';
const FAILED = `The conversation with OpenHands Cloud failed: status error, kind quota. The last run: ${RUN}\n`;

/** Returns a case whose calls of `gh` after the list of issues are these, with files in place of temporary paths. */
function keeps(name: string, order: Partial<Order>, calls: string): Case {
  return {
    name,
    order: { ...ORDER, edits: [SERVER], ...order },
    ...(order.scenario === 'error' && { fails: true }),
    check: (run: WorkflowRun): void => {
      assert.equal(run.gh.replaceAll(/ \S+\/issue\.md$/gm, ' FILE'), `${LIST}${calls}`);
      assert.equal(run.starts.length, 1);
    },
  };
}

/** The cases of the canary for OpenHands Cloud. */
export const CANARY: readonly Case[] = [
  keeps('a conversation that finishes leaves no issue', {}, ''),
  keeps(
    'a conversation that finishes closes the issue of an earlier failure',
    { openIssue: '9' },
    `gh issue close 9 --comment It works again: ${RUN}\n`,
  ),
  keeps(
    'the first failure opens an issue',
    { scenario: 'error' },
    `gh label create canary --force --description A workflow keeps its issue
gh issue create --label canary --title The canary fails --body-file FILE
${FAILED}`,
  ),
  keeps(
    'a later failure updates it',
    { scenario: 'error', openIssue: '9' },
    `gh issue edit 9 --body-file FILE\n${FAILED}`,
  ),
  {
    name: 'without a key it is skipped, and says so',
    order: { ...ORDER, edits: [['${{ secrets.OPENHANDS_API_KEY }}', "''"], SERVER] },
    check: (run: WorkflowRun): void => {
      assert.match(run.log, /::notice::Skipped: the environment "canary" has no secret/);
      assert.equal(run.gh, '');
      assert.ok(run.steps.every(({ name }) => name !== ASK));
      assert.equal(step(run, 'Look for a key').result, 'success');
    },
  },
];
