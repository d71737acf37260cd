import assert from 'node:assert/strict';

import { ASK, type Case, step } from './checks.ts';
import type { WorkflowRun } from './run.ts';

const PROPOSED = {
  workflow: 'examples/propose-patch.yml',
  event: 'workflow_dispatch',
  payload: 'dispatch.json',
};
const APPROVED = {
  workflow: 'examples/approve-patch.yml',
  event: 'issues',
  payload: 'issue-labeled-with-hostile-title.json',
};
/** Changes a line of the patch and no id, as a textconv of git does on the server's machine. */
const CONVERT = `      - name: Convert the patch
        run: sed -i 's/^+# Octo$/+# OCTO/' changes.patch
`;

/** The cases of the recipe in which a second job opens the pull request. */
export const PATCHES: readonly Case[] = [
  {
    name: "another job applies the agent's patch to its commit, and opens the pull request",
    order: PROPOSED,
    check: (run: WorkflowRun): void => {
      assert.match(step(run, ASK).outputs['patch-base'] ?? '', /^[0-9a-f]{40}$/);
      assert.match(
        run.gh,
        /^pull request: openhands\/\d+ to topic\nA {2}README\.md\ntitle: Name the three oldest open issues\.\n$/,
      );
    },
  },
  {
    name: 'a patch that is not what the agent wrote opens no pull request',
    order: {
      ...PROPOSED,
      edits: [['      - name: Upload the patch\n', `${CONVERT}      - name: Upload the patch\n`]],
    },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).outputs['status'], 'finished');
      assert.match(run.log, /::error::The patch is not what the agent wrote: git on its machine converts/);
      assert.equal(run.gh, '');
    },
  },
  {
    name: 'an agent that is blocked fails the run, and what it has changed until then is not proposed',
    order: { ...PROPOSED, scenario: 'blocked' },
    fails: true,
    check: (run: WorkflowRun): void => {
      const { outputs } = step(run, ASK);
      assert.equal(outputs['status'], 'not-done');
      assert.match(outputs['patch-file'] ?? '', /changes\.patch$/);
      assert.deepEqual([run.patch, run.gh], ['', '']);
    },
  },
  {
    name: 'in a run for a pull request, the patch goes to its branch',
    order: {
      ...PROPOSED,
      event: 'pull_request',
      payload: 'pull-request-of-topic.json',
      edits: [
        ['on:\n', 'on:\n  pull_request:\n'],
        ['message: ${{ inputs.message }}', 'message: Name the three oldest open issues.'],
      ],
    },
    check: (run: WorkflowRun): void => {
      assert.match(run.gh, /^pull request: openhands\/\d+ to topic\n/);
    },
  },
  {
    name: "with a person's approval, the pull request is named after the issue, whose title does nothing",
    order: APPROVED,
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, 'Check that a person had to approve').result, 'success');
      const [, title] = /^title: (.*)$/m.exec(run.gh) ?? [];
      assert.equal(
        title,
        'Fix #42: Crash $(touch hacked) `touch hacked` ${{ secrets.OPENHANDS_API_KEY }} closes # 7 @ octo-org/owners',
      );
      assert.match(run.gh, /^A {2}README\.md$/m);
      assert.doesNotMatch(run.gh, /hacked$/m);
    },
  },
  {
    name: 'in an environment without reviewers, nothing is proposed',
    order: { ...APPROVED, edits: [['/environments/openhands-approval', '/environments/other']] },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).outputs['status'], 'finished');
      assert.equal(step(run, 'Check that a person had to approve').result, 'failure');
      assert.doesNotMatch(run.gh, /pull request:/);
    },
  },
];
