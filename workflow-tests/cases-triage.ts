import assert from 'node:assert/strict';

import { ASK, type Case, step } from './checks.ts';
import type { WorkflowRun } from './run.ts';

const OPENED = {
  workflow: 'examples/triage.yml',
  event: 'issues',
  payload: 'issue-opened.json',
  actor: 'stranger',
  scenario: 'hostile-triage',
  api: 'agent-server',
  // The simulated agent server in place of one that must be installed.
  edits: [
    ['uses: REPLACE_WITH_OWNER/openhands-conversation-action/local@v1', "run: 'true'"],
    ['          base-url: ${{ steps.local.outputs.base-url }}\n', ''],
    ['${{ steps.local.outputs.api-key }}', '${{ secrets.OPENHANDS_TRIAGE_KEY }}'],
  ],
} as const;
const ISSUE = 'gh api repos/octo-org/octo-repo/issues/42';

/** Returns the number of conversations that were started. */
function startsIn({ requests }: WorkflowRun): number {
  return requests.filter((request) => request.startsWith('POST /api/conversations -> ')).length;
}

/** The cases of the recipe that sorts new issues. */
export const TRIAGE: readonly Case[] = [
  {
    name: "a stranger's issue gets only labels of the list, and the question as code",
    order: OPENED,
    check: (run: WorkflowRun): void => {
      assert.equal(startsIn(run), 1);
      assert.match(run.log, /The agent has no tools/);
      assert.equal(step(run, ASK).outputs['status'], 'finished');
      const [, ...written] = run.gh.trimEnd().split('\n');
      assert.deepEqual(written, [
        `${ISSUE}/labels --raw-field labels[]=bug --silent`,
        `${ISSUE}/comments --raw-field body=A question, written by an agent: \`Which version? @everyone #1 ![x](https://x.example/x.png) <b>$(touch hacked)</b> \` --silent`,
      ]);
    },
  },
  {
    name: 'an agent that fails adds nothing',
    order: { ...OPENED, scenario: 'error' },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.ok(!run.gh.includes('/issues/'));
    },
  },
  {
    name: 'the 20th run of a day starts an agent',
    order: { ...OPENED, runs: 20 },
    check: (run: WorkflowRun): void => {
      assert.equal(startsIn(run), 1);
    },
  },
  {
    name: 'the 21st run of a day starts no agent, and says so',
    order: { ...OPENED, runs: 21 },
    check: (run: WorkflowRun): void => {
      assert.match(
        run.gh,
        /^gh api repos\/octo-org\/octo-repo\/actions\/workflows\/triage\.yml\/runs\?created=%3E\d{4}-\d\d-\d\dT[\d:]{8}Z --jq \.total_count\n$/,
      );
      assert.match(run.log, /::notice::No agent was started: 21 runs in 24 hours/);
      assert.deepEqual(run.requests, []);
    },
  },
];
