import { rm } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';

import { startSimulator } from '../../simulator/server/server.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import { markerOf } from '../../src/comment/marker.ts';
import type { GitHubClient } from '../../src/github/octokit.ts';
import type { Runner } from '../../src/github/runner.ts';
import { runStep } from '../../src/step/step.ts';
import type { World } from '../../src/world.ts';
import {
  DISPATCH,
  jumpingTime,
  KEY,
  type RecordingRunner,
  recordingRunner,
  worldOf,
} from '../../testbed/world.ts';
import { commentOf } from '../support/github.ts';

/** How long each answer takes, from both servers. */
const TRIP_SECONDS = 10;
const ACCOUNT = 'GET /api/v1/users/me';
const KEYED = { message: 'simulate: finish', 'idempotency-key': 'issue-12', poll: 'true' };
const CHECKED = { ...DISPATCH, name: 'issues' };
/** OpenHands Cloud: its address is the default. */
const AT_CLOUD = { message: 'simulate: finish', 'base-url': '' };
const CLOUD = 'https://app.all-hands.dev';

/** The requests of a step, and when its outputs were written, in seconds. */
interface Costs extends Pick<RecordingRunner, 'failures' | 'outputs'> {
  readonly status: string;
  /** What main has left for post. */
  readonly left: string;
  /** Each request as "METHOD path", with the time at which it was sent. */
  readonly requests: readonly (readonly [request: string, at: number])[];
  readonly outputAt: Readonly<Record<string, number>>;
}

/** Runs a step in which each answer takes {@link TRIP_SECONDS}. */
async function costsOf(
  inputs: Readonly<Record<string, string>>,
  {
    event = CHECKED,
    permission = 'write',
    api = 'v1',
    kind = 'cloud',
    faults = [],
  }: Partial<Pick<World, 'event'>> &
    Pick<SimulatorOptions, 'api' | 'kind' | 'faults'> & { readonly permission?: string } = {},
): Promise<Costs> {
  const requests: (readonly [string, number])[] = [];
  const seconds = (): number => time.clock.now() / 1000;
  const time = jumpingTime((method, target) => {
    requests.push([`${method} ${target.split('?')[0] ?? ''}`, seconds()]);
    return { answer: { kind: 'slow', seconds: TRIP_SECONDS } };
  });
  const github: GitHubClient = {
    during: (signal) => ({
      async rest({ shape }) {
        requests.push(['GET permission', seconds()]);
        await time.clock.sleep(TRIP_SECONDS * 1000, signal);
        return v.parse(shape, { permission });
      },
      graphql: async () => Promise.reject(new Error('no request was expected')),
      readJobLog: async () => Promise.reject(new Error('no request was expected')),
    }),
  };
  const simulator = await startSimulator({
    api,
    kind,
    rateLimit: 'none',
    clock: { speed: 1, now: () => time.clock.date().getTime() },
    faults,
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
  const world = worldOf(runner, time, simulator);
  const fetch: typeof time.fetch = async (input, init) => {
    const address = input instanceof Request ? input.url : input.toString();
    return time.fetch(address.replace(CLOUD, simulator.url), init);
  };
  const outcome = await runStep({ ...world, event, fetch, github: () => github });
  await simulator.close();
  await rm(world.workflow.temporary, { recursive: true });
  // Requests that leave together have no order.
  const sorted = requests.toSorted(([one, at], [other, then]) => at - then || one.localeCompare(other));
  const { status } = outcome;
  const { failures, outputs } = recording;
  return { status, requests: sorted, outputAt, failures, outputs, left: recording.savedState().kind };
}

describe('a start without a key', () => {
  test('has its link after two round trips at OpenHands Cloud, which is not asked which API it has', async () => {
    const { requests, outputAt, outputs } = await costsOf(AT_CLOUD, { event: DISPATCH });
    expect(requests.filter(([, at]) => at < 20)).toEqual([
      ['POST /api/v1/app-conversations', 0],
      // The action waits half a second before it asks for the progress of the start.
      ['GET /api/v1/app-conversations/start-tasks', 10.5],
    ]);
    expect(outputAt).toMatchObject({ 'conversation-id': 20.5, 'conversation-url': 20.5 });
    expect(outputs['api-version']).toBe('v1');
  });

  test('has its link after three at another server', async () => {
    const { requests, outputAt } = await costsOf({ message: 'simulate: finish' }, { event: DISPATCH });
    expect(requests[0]).toEqual(['GET /api/v1/app-conversations', 0]);
    expect(outputAt).toMatchObject({ 'conversation-id': 30.5 });
  });
});

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

test.each([
  ['is answered', []],
  ['fails', [{ path: '/api/v1/users/me', times: Infinity, answer: { kind: 'status', status: 503 } }]],
] as const)(
  'a user without permission causes one read of the account, which %s, and no other request',
  async (_, faults) => {
    const { status, requests } = await costsOf(KEYED, { permission: 'read', faults });
    expect(status).toBe('skipped');
    expect(requests).toEqual([
      [ACCOUNT, 0],
      ['GET permission', 0],
    ]);
  },
);

const place = { repository: DISPATCH.repository, issue: 7 };
const comment = commentOf(`x\n${markerOf('c', place, KEY)}`);
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
