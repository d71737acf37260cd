import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type Sandbox } from '../../src/conversation/api.ts';
import { drive } from '../../src/conversation/drive.ts';
import type { Problem } from '../../src/conversation/problem.ts';
import { resumingFrom } from '../../src/conversation/resuming.ts';
import { waitingFor } from '../../src/conversation/waiting.ts';
import { watch } from '../../src/conversation/watch.ts';
import { stagedApi } from '../support/api.ts';
import { rejection } from '../support/client.ts';
import { simulatedClock } from '../support/clock.ts';
import { FINISHED } from '../support/snapshots.ts';
import { CONVERSATION } from '../support/wait.ts';

interface Resumed {
  readonly done: Promise<void>;
  /** What the server was asked for, and when, in seconds. */
  readonly asked: readonly (readonly [what: string, seconds: number])[];
}

/** Resumes a conversation whose sandbox is a matter of time. */
function resuming(
  sandboxAt: (seconds: number) => Sandbox,
  failing: { readonly resume?: Error; readonly run?: readonly Error[] } = {},
  called = false,
): Resumed {
  const clock = simulatedClock();
  // It does not matter when it begins.
  const begin = 1_000;
  const seconds = (): number => clock.now() / 1000 - begin;
  const asked: (readonly [string, number])[] = [];
  const goOnFailures = [...(failing.run ?? [])];
  const ask = async (what: string, failure?: Error): Promise<void> => {
    asked.push([what, seconds()]);
    return failure === undefined ? Promise.resolve() : Promise.reject(failure);
  };
  const api = {
    ...stagedApi(clock, [{ at: 0, snapshot: FINISHED }]),
    sandbox: async (id: string) => {
      expect(id).toBe('1');
      return Promise.resolve(sandboxAt(seconds()));
    },
    resume: async (handle: string) => ask(`resume ${handle}`, failing.resume),
    run: async (id: string, _: AbortSignal, told: boolean) =>
      ask(`run ${id}${told ? ', called' : ''}`, goOnFailures.shift()),
  };
  const { signal } = new AbortController();
  const untilResumed = async (): Promise<void> => {
    let problem: Problem | undefined;
    const watched = watch(CONVERSATION, 0, called ? { lastMessage: 'm1' } : undefined);
    const waiting = waitingFor(watched, { onPaused: 'resume', poll: true });
    const stage = { kind: 'resuming', resuming: resumingFrom(clock.now()) } as const;
    const pace = { longestMs: 30_000, random: () => 0.5 };
    const driving = { api, clock, signal, pace, deadlineAt: Number.MAX_SAFE_INTEGER };
    await drive([{ ...waiting, stage }], {
      ...driving,
      emit: (event) => {
        if (event.kind === 'not-resumed') ({ problem } = event);
      },
    }).next();
    if (problem !== undefined) throw new ApiFailure(problem);
  };
  const done = clock.sleep(begin * 1000, signal).then(untilResumed);
  return { done, asked };
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
  test('whose sandbox runs only needs its agent set going', async () => {
    const { done, asked } = resuming(() => RUNNING);
    await done;
    expect(asked).toEqual([['run 1', 0]]);
  });

  test('whose agent has a message that it has not started on is set going for that', async () => {
    const { done, asked } = resuming(() => RUNNING, {}, true);
    await done;
    expect(asked).toEqual([['run 1, called', 0]]);
  });

  test('whose sandbox is paused has that woken once, and the agent set going when it runs', async () => {
    const { done, asked } = resuming((seconds) => (seconds < 5 ? PAUSED : seconds < 9 ? STARTING : RUNNING));
    await done;
    expect(asked).toEqual([
      ['resume s', 0],
      ['run 1', 10],
    ]);
  });

  test('whose sandbox starts already is waited for', async () => {
    const { done, asked } = resuming((seconds) => (seconds < 3 ? STARTING : RUNNING));
    await done;
    expect(asked).toEqual([['run 1', 4]]);
  });

  test('whose sandbox starts at the very end of two minutes is waited for', async () => {
    const { done, asked } = resuming((seconds) => (seconds < 119 ? STARTING : RUNNING));
    await done;
    expect(asked).toEqual([['run 1', 120]]);
  });

  test('whose sandbox does not start within two minutes cannot be resumed', async () => {
    let lastLook = 0;
    const { done, asked } = resuming((seconds) => {
      lastLook = seconds;
      return PAUSED;
    });
    expect(await problemOf(done)).toMatchObject({
      failedTo: 'resume the conversation',
      because: 'its sandbox did not start within 120 s',
      todo: 'check its state: https://openhands.test/conversations/1',
    });
    expect(asked).toEqual([['resume s', 0]]);
    expect(lastLook).toBe(120);
  });

  test('wakes although the answer is lost: the sandbox shows it', async () => {
    const resume = new ApiFailure({ failedTo: 'resume', because: 'HTTP 504', todo: 'wait' }, true);
    const { done, asked } = resuming((seconds) => (seconds < 3 ? PAUSED : RUNNING), { resume });
    await done;
    expect(asked).toEqual([
      ['resume s', 0],
      ['run 1', 4],
    ]);
  });

  test.each([
    new ApiFailure({ failedTo: 'resume', because: 'HTTP 403', todo: 'ask' }),
    new TypeError('a mistake'),
  ])('does not resume if that fails: %s', async (resume) => {
    const { done, asked } = resuming(() => PAUSED, { resume });
    expect(await rejection(done)).toEqual(resume);
    expect(asked).toEqual([['resume s', 0]]);
  });

  const BROKEN = new ApiFailure({ failedTo: 'go on', because: 'HTTP 502', todo: 'wait' });

  test('whose agent does not continue at once is told so three times', async () => {
    const { done, asked } = resuming(() => RUNNING, { run: [BROKEN, BROKEN] });
    await done;
    expect(asked).toEqual([
      ['run 1', 0],
      ['run 1', 2],
      ['run 1', 4],
    ]);
  });

  test('whose agent does not continue after that cannot be resumed', async () => {
    const last = new ApiFailure({ failedTo: 'go on', because: 'HTTP 500', todo: 'wait' });
    const { done, asked } = resuming(() => RUNNING, { run: [BROKEN, BROKEN, last] });
    expect(await rejection(done)).toEqual(last);
    expect(asked).toHaveLength(3);
  });

  test('does not hide a mistake of our own', async () => {
    const mistake = new TypeError('a mistake');
    const { done, asked } = resuming(() => RUNNING, { run: [mistake] });
    expect(await rejection(done)).toBe(mistake);
    expect(asked).toHaveLength(1);
  });

  test('whose sandbox is gone cannot be resumed', async () => {
    const { done, asked } = resuming(() => ({ kind: 'unavailable', reason: 'its sandbox is missing' }));
    expect(await problemOf(done)).toMatchObject({
      failedTo: 'resume the conversation',
      because: 'its sandbox is missing',
      todo: 'check its state: https://openhands.test/conversations/1',
    });
    expect(asked).toEqual([]);
  });
});
