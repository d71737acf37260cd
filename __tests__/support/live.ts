import type { ConversationApi } from '../../src/conversation/api.ts';
import { type Clock, Interruption, withDeadline } from '../../src/conversation/clock.ts';
import { drive } from '../../src/conversation/drive.ts';
import type { LifeEvent } from '../../src/conversation/events.ts';
import type { Life } from '../../src/conversation/life.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';
import type { Plan } from '../../src/conversation/plan.ts';
import type { Problem } from '../../src/conversation/problem.ts';
import { pagesOf } from '../../src/openhands/wire.ts';

/** The plan of a step that does not wait for the end, with a deadline after an hour. */
export const PLAN: Plan = {
  links: pagesOf('https://openhands.test'),
  startedAt: 0,
  deadlineAt: 3_600_000,
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
  life: Life,
  api: ConversationApi,
  {
    clock,
    signal = new AbortController().signal,
    deadlineAt = PLAN.deadlineAt,
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
    const { value: outcome } = await drive([life], {
      api,
      clock,
      pace: { longestMs: 30_000, random: () => 0.5 },
      deadlineAt,
      signal: AbortSignal.any([inTime, enough.signal]),
      emit: (event) => {
        events.push(event);
        if (until(event)) enough.abort(new Interruption('cancel'));
      },
    }).next();
    return outcome === undefined ? {} : { outcome };
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
