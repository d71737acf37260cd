import { rm } from 'node:fs/promises';

import { expect, test } from '@jest/globals';
import * as v from 'valibot';

import { startSimulator } from '../../simulator/server.ts';
import { markerOf } from '../../src/comment/marker.ts';
import type { GitHub } from '../../src/github/octokit.ts';
import type { Runner } from '../../src/github/runner.ts';
import { step } from '../../src/step.ts';
import type { World } from '../../src/world.ts';
import { DISPATCH, jumpingTime, KEY, recordingRunner, worldOf } from '../support/world.ts';

/** How long each answer takes, from both servers. */
const TRIP_SECONDS = 10;
const ACCOUNT = 'GET /api/v1/users/me';
const KEYED = { message: 'simulate: finish', 'idempotency-key': 'issue-12', poll: 'true' };
const CHECKED = { ...DISPATCH, name: 'issues' };

/** The requests of a step, and when its outputs were written, in seconds. */
interface Costs {
  readonly status: string;
  /** Each request as "METHOD path", with the time at which it was sent. */
  readonly requests: readonly (readonly [request: string, at: number])[];
  readonly outputAt: Readonly<Record<string, number>>;
}

/** Runs a step whose every answer takes that long. */
async function costsOf(
  inputs: Readonly<Record<string, string>>,
  {
    event = CHECKED,
    permission = 'write',
    status = 200,
  }: Partial<Pick<World, 'event'>> & {
    readonly permission?: string;
    /** The status of the answer about the account. */
    readonly status?: number;
  } = {},
): Promise<Costs> {
  const requests: (readonly [string, number])[] = [];
  const seconds = (): number => time.clock.now() / 1000;
  const time = jumpingTime((method, target) => {
    requests.push([`${method} ${target.split('?')[0] ?? ''}`, seconds()]);
    return { answer: { kind: 'slow', seconds: TRIP_SECONDS } };
  });
  const github: GitHub = {
    async rest({ answer, signal }) {
      requests.push(['GET permission', seconds()]);
      await time.clock.sleep(TRIP_SECONDS * 1000, signal);
      return v.parse(answer, { permission });
    },
    graphql: async () => Promise.reject(new Error('no request was expected')),
    jobLog: async () => Promise.reject(new Error('no request was expected')),
  };
  const simulator = await startSimulator({
    api: 'v1',
    rateLimit: 'none',
    clock: { speed: 1, now: () => time.clock.date().getTime() },
    faults:
      status === 200
        ? []
        : [{ path: '/api/v1/users/me', times: Number.POSITIVE_INFINITY, answer: { kind: 'status', status } }],
  });
  const outputAt: Record<string, number> = {};
  const recording = recordingRunner({ 'api-key': KEY, 'base-url': simulator.url, ...inputs });
  const runner: Runner = {
    ...recording,
    output: (name, value) => {
      outputAt[name] ??= seconds();
      recording.output(name, value);
    },
  };
  const world = await time.busy(async () => worldOf(runner, time, simulator));
  const outcome = await step({ ...world, event, github: () => github });
  await simulator.close();
  await rm(world.workflow.temporary, { recursive: true });
  // Requests that leave together have no order.
  const sorted = requests.toSorted(([one, at], [other, then]) => at - then || one.localeCompare(other));
  return { status: outcome.status, requests: sorted, outputAt };
}

test('a start with a key has its link after four round trips, and knows after one more whether it was the starter', async () => {
  const { requests, outputAt } = await costsOf(KEYED);
  const trips = [0, 10, 20, 30.5];
  expect(requests.filter(([, at]) => at < 40)).toEqual([
    [ACCOUNT, trips[0]],
    ['GET permission', trips[0]],
    ['GET /api/v1/app-conversations', trips[1]],
    ['GET /api/v1/app-conversations/start-tasks/search', trips[1]],
    ['POST /api/v1/app-conversations', trips[2]],
    // The action waits half a second before it asks for the progress of the start.
    ['GET /api/v1/app-conversations/start-tasks', trips[3]],
  ]);
  expect(outputAt).toMatchObject({ 'conversation-id': 40.5, 'conversation-url': 40.5, reused: 50.5 });
});

test.each([200, 503])(
  'a user without permission causes one read of the account and no other request: HTTP %d',
  async (status) => {
    const { status: ended, requests } = await costsOf(KEYED, { permission: 'read', status });
    expect(ended).toBe('skipped');
    expect(requests).toEqual([
      [ACCOUNT, 0],
      ['GET permission', 0],
    ]);
  },
);

const place = { repository: DISPATCH.repository, issue: 7 };
const comment = { body: `x\n${markerOf('c', place, KEY)}`, author: 'octocat' };
const ownComment = { ...CHECKED, issue: 7, comment };
const FORK_RUN = { name: 'workflow_run', isOfOtherRepository: true };
/** A server on another machine. Its API key signs the marker. */
const ELSEWHERE = { 'base-url': 'https://openhands.test' };

test.each<[string, Partial<World['event']>, Readonly<Record<string, string>>, string]>([
  ["a fork's run", FORK_RUN, {}, 'skipped'],
  ["a fork's run, with require-permission: none", FORK_RUN, { 'require-permission': 'none' }, 'skipped'],
  ['a comment of our own', ownComment, ELSEWHERE, 'skipped'],
  ["a fork's event without a key", { whyNoSecrets: 'fork' }, { 'api-key': '' }, 'skipped'],
  ['a missing key', {}, { 'api-key': '' }, 'start-failed'],
])('%s causes no request', async (_, event, inputs, status) => {
  const costs = await costsOf({ ...KEYED, ...inputs }, { event: { ...CHECKED, ...event } });
  expect(costs.status).toBe(status);
  expect(costs.requests).toEqual([]);
});
