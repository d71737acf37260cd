import assert from 'node:assert/strict';

import type { Order } from './order.ts';
import type { WorkflowRun } from './run.ts';
import type { StepRun } from './run-log.ts';

/** A workflow to run, and a check of the result. */
export interface Case {
  /** What a user relies on, as a sentence. */
  readonly name: string;
  readonly order: Order;
  /** Whether the run must fail. */
  readonly fails?: boolean;
  /** Checks the rest of the result. @throws AssertionError if it is not as expected */
  readonly check: (run: WorkflowRun) => void;
}

/** The repository that workflows run in. */
export const HERE = 'octo-org/octo-repo';
/** The edit with which a run passes although its first step fails. */
export const TOLERATED = [
  '    steps:\n      - name',
  '    steps:\n      - continue-on-error: true\n        name',
] as const;
/** The name of the step with the agent in most workflows. */
export const ASK = 'Ask the agent';

/** Asserts that no step ran, and no request was sent to the server. */
export function assertNothingRan(run: WorkflowRun): void {
  assert.deepEqual(run.steps, []);
  assert.deepEqual(run.requests, []);
}

/** Returns a step, and asserts that it ran. */
export function step(run: WorkflowRun, name: string, stage: StepRun['stage'] = 'Main'): StepRun {
  const found = run.steps.find((candidate) => candidate.name === name && candidate.stage === stage);
  assert.ok(found !== undefined, `the step "${name}" did not run (${stage})`);
  return found;
}

/** Returns the successful requests that pause an agent. */
export function pauses({ requests }: WorkflowRun): readonly string[] {
  return requests.filter((request) => request.startsWith('POST ') && request.endsWith('/pause -> 200'));
}

/** Returns the successful requests that send a message to an agent. */
export function followUps({ requests }: WorkflowRun): readonly string[] {
  return requests.filter(
    (request) => request.startsWith('POST ') && request.includes('/send-message -> 200'),
  );
}

/** Returns the texts that a message fences as untrusted. */
export function fencesIn(message: string): readonly string[] {
  const fences = /^----- (untrusted text|task) (\w+) begins -----\n(.*?)\n----- \1 \2 ends -----$/gms;
  return [...message.matchAll(fences)].map(([, , , text]) => text ?? '');
}

/**
 * Asserts that each run has one comment, by the workflow, which says that the conversation has finished.
 *
 * @param runs how many runs there were, without their later attempts.
 */
export function assertCommented(
  { comments }: WorkflowRun,
  url: string,
  { on = 42, runs = 1 }: { readonly on?: number; readonly runs?: number } = {},
): void {
  assert.deepEqual(
    comments.map(({ issue, author }) => ({ issue, author })),
    Array.from({ length: runs }, () => ({ issue: on, author: 'github-actions[bot]' })),
  );
  for (const { body } of comments) {
    assert.match(body, /^### (?:✅ Finished|⏭️ Finished earlier)\b/);
    // What only the API has on loopback, nobody on the issue can open.
    assert.equal(body.includes(url), !url.includes('/api/'));
  }
}

/** Returns the link to the conversation from the outputs of a step. */
export function conversationUrl(run: WorkflowRun, name = ASK): string {
  const { 'conversation-id': id, 'conversation-url': url } = step(run, name).outputs;
  assert.match(id ?? '', /^[0-9a-f]{32}$/);
  assert.equal(url, `${run.serverUrl}/conversations/${id ?? ''}`);
  return url;
}
