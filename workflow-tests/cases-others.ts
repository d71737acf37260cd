import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { isRecord } from '../simulator/json.ts';
import { ASK, type Case, conversationUrl, HERE, pauses, step } from './checks.ts';
import type { Order } from './order.ts';
import type { WorkflowRun } from './run.ts';
import { memberOf } from './scripts.ts';

const ROOT = join(import.meta.dirname, '..');
const STEP = 'examples/step.yml';
const WEEKLY = 'examples/weekly-readme-audit.yml';
const ANNOTATIONS = 'examples/annotations.yml';
const GREEN = 'examples/green-checks.yml';
const MANY = 'examples/many-repositories.yml';
const AGENT_SERVER = 'examples/server-agent.yml';
const CI = '.github/workflows/ci.yml';
const COMMENT = 'workflow-tests/workflows/comment.yml';
const AUDIT = 'Audit the README';
const REPOSITORIES = ['hello-world', 'octo-cli', 'octo-docs', 'octo-site'].map((name) => `octo-org/${name}`);

/** Returns the order of a workflow that a person dispatches. */
function dispatch(workflow: string, more: Partial<Order> = {}): Order {
  return { workflow, event: 'workflow_dispatch', payload: 'dispatch.json', ...more };
}

const AUDITED = { workflow: WEEKLY, event: 'schedule', payload: 'schedule.json' } as const;
const FOR_MANY = dispatch(MANY, { payload: 'dispatch-for-many.json' });

/** The cases of the other recipes, and of the project's own workflows. */
export const OTHERS: readonly Case[] = [
  {
    name: 'a dispatch gives its input to the agent, and status and link to the next step',
    order: dispatch(STEP),
    check: (run: WorkflowRun): void => {
      const places = run.starts.map(({ repository, branch }) => ({ repository, branch }));
      assert.deepEqual(places, [{ repository: HERE, branch: 'topic' }]);
      assert.match(
        run.starts[0]?.message ?? '',
        /^Name the three oldest open issues\.\n\n[^]*`Result: done`/,
      );
      const { outputs } = step(run, ASK);
      assert.equal(outputs['status'], 'finished');
      assert.equal(step(run, ASK, 'Post').result, 'success');
      assert.deepEqual(pauses(run), []);
      assert.equal(
        step(run, 'Print the status').printed,
        `The conversation is finished. See ${conversationUrl(run)}\n`,
      );
    },
  },
  {
    name: 'an agent that fails makes the job red, and the next step still knows status and link',
    order: dispatch(STEP, { payload: 'dispatch-of-a-failure.json' }),
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).result, 'failure');
      const report = step(run, 'Print the status');
      assert.equal(report.result, 'success');
      assert.equal(report.printed, `The conversation is error. See ${conversationUrl(run)}\n`);
    },
  },
  {
    name: 'if the action is killed, its post step pauses the agent',
    order: dispatch(STEP, { payload: 'dispatch-without-end.json', killed: true }),
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, ASK).result, 'failure');
      const report = step(run, 'Print the status').printed;
      assert.equal(report, `The conversation is running. See ${conversationUrl(run)}\n`);
      assert.equal(step(run, ASK, 'Post').result, 'success');
      assert.equal(pauses(run).length, 1);
      assert.ok(run.log.includes(`the agent was paused: ${conversationUrl(run)}`));
    },
  },
  {
    name: 'a weekly audit asks whether it is done, and ends so',
    order: AUDITED,
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, AUDIT).outputs['status'], 'finished');
      assert.equal(run.starts.length, 1);
      assert.match(run.starts[0]?.message ?? '', /^Compare the README [^]*`Result: done`/);
    },
  },
  {
    name: 'a weekly audit in which the agent is blocked fails, and keeps its outcome',
    order: { ...AUDITED, scenario: 'blocked' },
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.equal(step(run, AUDIT).outputs['status'], 'not-done');
      assert.equal(step(run, 'Upload it for the report').result, 'success');
    },
  },
  {
    name: 'what the agent found becomes annotations',
    order: dispatch(ANNOTATIONS, { scenario: 'json' }),
    check: (run: WorkflowRun): void => {
      // This is how act shows a warning command.
      assert.match(run.log, /🚧 {2}::warning file=README\.md,line=31::The port is 3000\.$/m);
    },
  },
  {
    name: 'a step that waits for checks succeeds once they do',
    order: dispatch(GREEN, { checks: [{ name: 'test', to: 10 }] }),
    check: (run: WorkflowRun): void => {
      const { outputs } = step(run, ASK);
      assert.equal(outputs['status'], 'finished');
      assert.equal(outputs['checks'], 'passed');
    },
  },
  {
    name: 'each of many repositories gets a conversation',
    order: FOR_MANY,
    check: (run: WorkflowRun): void => {
      assert.deepEqual(run.starts.map(({ repository }) => String(repository)).sort(), REPOSITORIES);
      assert.deepEqual(
        new Set(run.starts.map(({ message }) => message.split('\n')[0])),
        new Set(['Renew the year in the license.']),
      );
      assert.match(run.log, /4 of 4 repositories · \$0\.92 in total · 4 open pull requests\n/);
      for (const name of REPOSITORIES) {
        const link = `https://github.com/${name}/pull/12`;
        assert.match(
          run.log,
          new RegExp(`\\| \\[${name}\\]\\(.*\\) \\| finished {2}\\| 0\\.23 \\| ${link} \\|`),
        );
      }
    },
  },
  {
    name: 'a failure in one of them is in the report, and those of a query take the place of the list',
    order: dispatch(MANY, { payload: 'dispatch-for-found.json', scenario: 'error' }),
    fails: true,
    check: (run: WorkflowRun): void => {
      assert.deepEqual(
        run.starts.map(({ repository }) => String(repository)).sort(),
        REPOSITORIES.slice(0, 2),
      );
      assert.ok(run.gh.includes('--raw-field q=org:octo-org topic:agents search/repositories\n'));
    },
  },
  {
    name: 'in a second run, none of them gets another one',
    order: { ...FOR_MANY, before: [FOR_MANY] },
    check: (run: WorkflowRun): void => {
      assert.deepEqual(run.starts.map(({ repository }) => String(repository)).sort(), REPOSITORIES);
    },
  },
  {
    name: 'a comment reaches the agent unchanged, empty inputs get their defaults, outputs reach another job',
    order: { workflow: COMMENT, event: 'issue_comment', payload: 'comment.json' },
    check: (run: WorkflowRun): void => {
      const message = `Issue 42 says ${commentOf('comment.json')}`;
      assert.deepEqual(run.starts, [{ message, repository: 'octo-org/another-repo', branch: undefined }]);
      assert.equal(step(run, 'Read the answer').printed, '1\n');
      const pullRequest = 'https://github.com/octo-org/another-repo/pull/12';
      assert.equal(step(run, 'Say what came of it').printed, `finished, ${pullRequest}\n`);
    },
  },
  {
    name: "the project's own end-to-end job passes, every step of it",
    order: { workflow: CI, event: 'push', payload: 'push.json', job: 'use' },
    check: (run: WorkflowRun): void => {
      const steps = namedSteps(CI, 'use');
      const posts = steps.filter(({ usesAction }) => usesAction).toReversed();
      assert.ok(posts.length >= 4);
      const expected = [
        ...steps.map(({ name }) => `Main ${name}: ${name.includes('must fail') ? 'failure' : 'success'}`),
        ...posts.map(({ name }) => `Post ${name}: success`),
      ];
      const names = new Set(steps.map(({ name }) => name));
      assert.deepEqual(
        run.steps
          .filter(({ name }) => names.has(name))
          .map(({ stage, name, result }) => `${stage} ${name}: ${result}`),
        expected,
      );
      // The workflow starts its own simulator.
      assert.deepEqual(run.requests, []);
    },
  },
  {
    name: 'a server of your own is asked at the address that the workflow names',
    // An app server has no folder to work in.
    order: dispatch(AGENT_SERVER, { edits: [['working-directory: /srv/project', '# ']] }),
    check: (run: WorkflowRun): void => {
      assert.equal(run.starts.length, 1);
      assert.equal(step(run, ASK).outputs['status'], 'finished');
    },
  },
  {
    name: 'an agent server is detected, and starts an agent with its own model in the folder',
    order: dispatch(AGENT_SERVER, { api: 'agent-server' }),
    check: (run: WorkflowRun): void => {
      assert.ok(run.requests.includes('POST /api/conversations -> 201'));
      const { outputs } = step(run, ASK);
      assert.deepEqual([outputs['status'], outputs['api-version']], ['finished', 'agent-server']);
    },
  },
];

/** Reads the steps of a job from its workflow. */
function stepsIn(workflow: string, job: string): readonly Readonly<Record<string, unknown>>[] {
  const parsed: unknown = parse(readFileSync(join(ROOT, workflow), 'utf8'));
  const steps = memberOf(memberOf(memberOf(parsed, 'jobs'), job), 'steps');
  assert.ok(Array.isArray(steps), `${workflow} has no job "${job}" with steps`);
  return steps.filter(isRecord);
}

interface NamedStep {
  readonly name: string;
  /** Whether the step uses the action of the checkout. */
  readonly usesAction: boolean;
}

/** Returns the steps with a name that run if no earlier step failed. */
function namedSteps(workflow: string, job: string): readonly NamedStep[] {
  return stepsIn(workflow, job).flatMap(({ name, uses, if: condition }) =>
    typeof name === 'string' && condition !== 'failure()' ? [{ name, usesAction: uses === './' }] : [],
  );
}

function commentOf(payload: string): string {
  const event: unknown = JSON.parse(readFileSync(join(import.meta.dirname, 'events', payload), 'utf8'));
  const body = memberOf(memberOf(event, 'comment'), 'body');
  assert.ok(typeof body === 'string', `${payload} has no comment`);
  return body;
}
