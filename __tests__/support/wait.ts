import { type Clock, withDeadline } from '../../src/conversation/clock.ts';
import type { MessageCursor, OnPaused, Result } from '../../src/conversation/conversation.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import { waitForEnd } from '../../src/conversation/wait.ts';
import { type Scene, type StagedApi, stagedApi } from './api.ts';
import { simulatedClock } from './clock.ts';

export const CONVERSATION = { id: '1', url: 'https://openhands.test/conversations/1' };

/** How a wait went. */
export interface Waited {
  readonly ended?: Outcome;
  readonly error?: unknown;
  /** In seconds, as every time of these tests. */
  readonly endedAt: number;
  readonly events: readonly ConversationEvent[];
  /** The time of each event. */
  readonly eventTimes: readonly number[];
  readonly api: StagedApi;
}

/** Waits for a conversation that follows a script, on a simulated clock. */
export async function wait(
  script: readonly Scene[],
  options: {
    readonly timeoutSeconds?: number;
    readonly longestSeconds?: number;
    readonly startedAt?: number;
    readonly onPaused?: OnPaused;
    readonly messageCursor?: MessageCursor;
    readonly result?: (seconds: number) => Result;
    readonly change?: (api: StagedApi) => StagedApi;
    readonly clock?: Clock;
    readonly cancelled?: AbortSignal;
  } = {},
): Promise<Waited> {
  const { timeoutSeconds = 21_600, longestSeconds = 30, startedAt = 0, onPaused = 'wait' } = options;
  const { messageCursor, result, change = (api: StagedApi) => api } = options;
  const { clock = simulatedClock(), cancelled = new AbortController().signal } = options;
  const api = change(stagedApi(clock, script, result));
  const events: ConversationEvent[] = [];
  const eventTimes: number[] = [];
  const untilEnded = async (signal: AbortSignal): Promise<Pick<Waited, 'ended' | 'error'>> => {
    const ended = await waitForEnd(
      { conversation: CONVERSATION, ...(messageCursor && { messageCursor }) },
      {
        startedAt: startedAt * 1000,
        onPaused,
        poll: true,
        api,
        clock,
        pace: { longestMs: longestSeconds * 1000, random: () => 0.5 },
        deadlineAt: timeoutSeconds * 1000,
        signal,
        emit: (event) => {
          events.push(event);
          eventTimes.push(clock.now() / 1000);
        },
      },
    );
    return { ended };
  };
  const waited = await withDeadline(clock, timeoutSeconds * 1000, cancelled, untilEnded).catch(
    (error: unknown): Pick<Waited, 'ended' | 'error'> => ({ error }),
  );
  return { ...waited, endedAt: clock.now() / 1000, events, eventTimes, api };
}
