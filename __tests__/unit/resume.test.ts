import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type Sandbox } from '../../src/conversation/api.ts';
import type { Problem } from '../../src/conversation/problem.ts';
import { waitForEnd } from '../../src/conversation/wait.ts';
import { stagedApi } from '../support/api.ts';
import { rejection } from '../support/client.ts';
import { simulatedClock } from '../support/clock.ts';
import { FINISHED, shows } from '../support/snapshots.ts';
import { CONVERSATION } from '../support/wait.ts';

interface Resumed {
  readonly done: Promise<void>;
  /** The requests to the server, with their times in seconds. */
  readonly requests: readonly (readonly [what: string, seconds: number])[];
}

/** Resumes a conversation whose sandbox changes over time. */
function resuming(
  sandboxAt: (seconds: number) => Sandbox,
  failing: { readonly resume?: Error; readonly run?: readonly Error[] } = {},
  hasMessage = false,
): Resumed {
  const clock = simulatedClock();
  // The time of the begin does not matter.
  const begin = 1_000;
  const seconds = (): number => clock.now() / 1000 - begin;
  const requests: (readonly [string, number])[] = [];
  const runFailures = [...(failing.run ?? [])];
  const ask = async (what: string, failure?: Error): Promise<void> => {
    requests.push([what, seconds()]);
    return failure === undefined ? Promise.resolve() : Promise.reject(failure);
  };
  const api = {
    ...stagedApi(clock, [{ at: 0, snapshot: FINISHED }]),
    sandbox: async (id: string) => {
      expect(id).toBe('1');
      return Promise.resolve(sandboxAt(seconds()));
    },
    resume: async (handle: string) => ask(`resume ${handle}`, failing.resume),
    run: async (id: string, _: AbortSignal, withMessage: boolean) =>
      ask(`run ${id}${withMessage ? ', with message' : ''}`, runFailures.shift()),
  };
  const { signal } = new AbortController();
  const untilResumed = async (): Promise<void> => {
    let problem: Problem | undefined;
    const startedAt = clock.now();
    const firstLook = shows('sandbox paused', { kind: 'paused' });
    const messageCursor = hasMessage ? { messageCursor: { lastMessage: 'm1' } } : {};
    await waitForEnd(
      { conversation: CONVERSATION, firstLook, ...messageCursor },
      {
        startedAt,
        onPaused: 'resume',
        poll: true,
        api,
        clock,
        signal,
        pace: { longestMs: 30_000, random: () => 0.5 },
        deadlineAt: Number.MAX_SAFE_INTEGER,
        emit: (event) => {
          if (event.kind === 'not-resumed') ({ problem } = event);
        },
      },
    );
    if (problem !== undefined) throw new ApiFailure(problem);
  };
  const done = clock.sleep(begin * 1000, signal).then(untilResumed);
  return { done, requests };
}

const PAUSED: Sandbox = { kind: 'paused', handle: 's' };
const STARTING: Sandbox = { kind: 'starting', handle: 's' };
const RUNNING: Sandbox = { kind: 'running', handle: 's' };

async function problemOf(done: Promise<void>): Promise<ApiFailure['problem']> {
  const error = await rejection(done);
  if (!(error instanceof ApiFailure)) throw new Error('another error was expected');
  return error.problem;
}

describe('a paused conversation', () => {
  test('with a running sandbox only needs its agent run', async () => {
    const { done, requests } = resuming(() => RUNNING);
    await done;
    expect(requests).toEqual([['run 1', 0]]);
  });

  test('whose agent has a message it has not begun with runs the agent for that message', async () => {
    const { done, requests } = resuming(() => RUNNING, {}, true);
    await done;
    expect(requests).toEqual([['run 1, with message', 0]]);
  });

  test('has its paused sandbox resumed once, and its agent run when the sandbox runs', async () => {
    const { done, requests } = resuming((seconds) =>
      seconds < 5 ? PAUSED : seconds < 9 ? STARTING : RUNNING,
    );
    await done;
    expect(requests).toEqual([
      ['resume s', 0],
      ['run 1', 10],
    ]);
  });

  test('whose sandbox already starts is awaited', async () => {
    const { done, requests } = resuming((seconds) => (seconds < 3 ? STARTING : RUNNING));
    await done;
    expect(requests).toEqual([['run 1', 4]]);
  });

  test('whose sandbox starts just within two minutes is awaited', async () => {
    const { done, requests } = resuming((seconds) => (seconds < 119 ? STARTING : RUNNING));
    await done;
    expect(requests).toEqual([['run 1', 120]]);
  });

  test('whose sandbox does not start within two minutes cannot be resumed', async () => {
    let lastLook = 0;
    const { done, requests } = resuming((seconds) => {
      lastLook = seconds;
      return PAUSED;
    });
    expect(await problemOf(done)).toMatchObject({
      failedTo: 'resume the conversation',
      because: 'its sandbox did not start within 120 s',
      todo: 'check its state: https://openhands.test/conversations/1',
    });
    expect(requests).toEqual([['resume s', 0]]);
    expect(lastLook).toBe(120);
  });

  test('is resumed although the response is lost, because the sandbox shows it', async () => {
    const resume = new ApiFailure({ failedTo: 'resume', because: 'HTTP 504', todo: 'wait' }, true);
    const { done, requests } = resuming((seconds) => (seconds < 3 ? PAUSED : RUNNING), { resume });
    await done;
    expect(requests).toEqual([
      ['resume s', 0],
      ['run 1', 4],
    ]);
  });

  test.each([
    new ApiFailure({ failedTo: 'resume', because: 'HTTP 403', todo: 'ask' }),
    new TypeError('a mistake'),
  ])('is not resumed if the request fails: %s', async (resume) => {
    const { done, requests } = resuming(() => PAUSED, { resume });
    expect(await rejection(done)).toEqual(resume);
    expect(requests).toEqual([['resume s', 0]]);
  });

  const BROKEN = new ApiFailure({ failedTo: 'go on', because: 'HTTP 502', todo: 'wait' });

  test('retries to run the agent, three attempts in all', async () => {
    const { done, requests } = resuming(() => RUNNING, { run: [BROKEN, BROKEN] });
    await done;
    expect(requests).toEqual([
      ['run 1', 0],
      ['run 1', 2],
      ['run 1', 4],
    ]);
  });

  test('cannot be resumed if three attempts to run the agent fail', async () => {
    const last = new ApiFailure({ failedTo: 'go on', because: 'HTTP 500', todo: 'wait' });
    const { done, requests } = resuming(() => RUNNING, { run: [BROKEN, BROKEN, last] });
    expect(await rejection(done)).toEqual(last);
    expect(requests).toHaveLength(3);
  });

  test('does not hide a programming error', async () => {
    const mistake = new TypeError('a mistake');
    const { done, requests } = resuming(() => RUNNING, { run: [mistake] });
    expect(await rejection(done)).toBe(mistake);
    expect(requests).toHaveLength(1);
  });

  test('whose sandbox is gone cannot be resumed', async () => {
    const { done, requests } = resuming(() => ({ kind: 'unavailable', reason: 'its sandbox is missing' }));
    expect(await problemOf(done)).toMatchObject({
      failedTo: 'resume the conversation',
      because: 'its sandbox is missing',
      todo: 'check its state: https://openhands.test/conversations/1',
    });
    expect(requests).toEqual([]);
  });
});
