import type { ConversationApi } from '../../src/conversation/api.ts';
import { type Clock, Interruption, withDeadline } from '../../src/conversation/clock.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import type { Problem } from '../../src/conversation/problem.ts';
import type { Session } from '../../src/conversation/session.ts';

/** A deadline after an hour. */
const DEADLINE_AT = 3_600_000;

/** How the work with a conversation went. */
export interface Lived {
  readonly outcome?: Outcome;
  /** Why there is no outcome. */
  readonly error?: unknown;
  readonly events: readonly ConversationEvent[];
  /** In seconds. */
  readonly endedAt: number;
}

/** Works with a conversation to its end, or until an event for which `until` returns true. The step does not wait for the agent. */
export async function live(
  work: (session: Session) => Promise<Outcome>,
  api: ConversationApi,
  {
    clock,
    until = () => false,
  }: {
    readonly clock: Clock;
    readonly until?: (event: ConversationEvent) => boolean;
  },
): Promise<Lived> {
  const events: ConversationEvent[] = [];
  const enough = new AbortController();
  const driven = async (inTime: AbortSignal): Promise<Pick<Lived, 'outcome' | 'error'>> => {
    const outcome = await work({
      api,
      clock,
      pace: { longestMs: 30_000, random: () => 0.5 },
      startedAt: 0,
      poll: false,
      onPaused: 'wait',
      deadlineAt: DEADLINE_AT,
      signal: AbortSignal.any([inTime, enough.signal]),
      emit: (event) => {
        events.push(event);
        if (until(event)) enough.abort(new Interruption('cancel'));
      },
    });
    return { outcome };
  };
  const { signal } = new AbortController();
  const result = await withDeadline(clock, DEADLINE_AT - clock.now(), signal, driven).catch(
    (error: unknown) => ({ error }),
  );
  return { ...result, events, endedAt: clock.now() / 1000 };
}

/** Returns the problem of a failure. */
export function problemOf({ outcome }: Lived): Problem {
  if (outcome === undefined || !('problem' in outcome)) throw new Error('a failure was expected');
  return outcome.problem;
}
