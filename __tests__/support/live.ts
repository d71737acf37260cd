import type { ConversationApi } from '../../src/conversation/api.ts';
import { type Clock, Interruption, withDeadline } from '../../src/conversation/clock.ts';
import type { LifeEvent } from '../../src/conversation/events.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import type { Problem } from '../../src/conversation/problem.ts';
import type { Plan, Session } from '../../src/conversation/session.ts';

/** The plan of a step that does not wait for the end, with a deadline after an hour. */
export const DEADLINE_AT = 3_600_000;

export const PLAN: Plan = {
  startedAt: 0,
  onPaused: 'wait',
  poll: false,
};

/** How the life of a conversation went. */
export interface Lived {
  readonly outcome?: Outcome;
  /** Why there is no outcome. */
  readonly error?: unknown;
  readonly events: readonly LifeEvent[];
  /** In seconds. */
  readonly endedAt: number;
}

/** Drives a conversation to its end, or until an event for which `until` returns true. */
export async function live(
  work: (session: Session) => Promise<Outcome>,
  api: ConversationApi,
  {
    clock,
    signal = new AbortController().signal,
    deadlineAt = DEADLINE_AT,
    until = () => false,
  }: {
    readonly clock: Clock;
    readonly signal?: AbortSignal;
    readonly deadlineAt?: number;
    readonly until?: (event: LifeEvent) => boolean;
  },
): Promise<Lived> {
  const events: LifeEvent[] = [];
  const enough = new AbortController();
  const driven = async (inTime: AbortSignal): Promise<Pick<Lived, 'outcome' | 'error'>> => {
    const outcome = await work({
      api,
      clock,
      pace: { longestMs: 30_000, random: () => 0.5 },
      deadlineAt,
      signal: AbortSignal.any([inTime, enough.signal]),
      emit: (event) => {
        events.push(event);
        if (until(event)) enough.abort(new Interruption('cancel'));
      },
    });
    return { outcome };
  };
  const result = await withDeadline(clock, deadlineAt - clock.now(), signal, driven).catch(
    (error: unknown) => ({ error }),
  );
  return { ...result, events, endedAt: clock.now() / 1000 };
}

/** Returns the problem of a failed life. */
export function problemOf({ outcome }: Lived): Problem {
  if (outcome === undefined || !('problem' in outcome)) throw new Error('a failure was expected');
  return outcome.problem;
}
