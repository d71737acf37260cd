import { ApiFailure } from './api.ts';
import { Interruption } from './clock.ts';
import type { Ended, Findings, Steps } from './conversation.ts';
import { sinceOf, tellSteps } from './progress.ts';
import { mostUsed } from './usage.ts';
import type { WaitOptions } from './wait.ts';
import { factsAfter, type Watch } from './watch.ts';

/**
 * So long the last events may be on their way. Source: the agent server sends events to the app server in batches, at
 * the latest after `flush_delay` = 30 s (`WebhookSpec` in OpenHands/software-agent-sdk); retries come on top.
 */
export const LAG_MS = 40_000;
const FIRST_LAG_MS = 2_000;

/** What the last state tells of an end. */
export type End = Pick<Ended, 'status' | 'phase' | 'failure'>;

/**
 * What is known of a conversation that has ended, once its last events have arrived.
 *
 * @throws what is thrown and is neither an {@link ApiFailure} nor the deadline.
 */
export async function collect(
  watched: Watch,
  known: End,
  eventsMayBeLate: boolean,
  options: WaitOptions,
): Promise<Ended> {
  const { api, signal, observe } = options;
  const { conversation, facts } = watched;
  let ended: Ended = { ...known, conversation, facts };
  let steps: Steps | undefined;
  const read = async (): Promise<Findings> => {
    const { steps: read, ...findings } = await api.findings(conversation.id, signal, sinceOf(watched));
    steps = read;
    ended = { ...ended, findings, facts: { ...ended.facts, ...mostUsed(ended.facts, read?.usage ?? {}) } };
    return findings;
  };
  try {
    if (eventsMayBeLate) await untilComplete(read, ended, options);
    else await read();
    const because = whyUnread(ended, eventsMayBeLate);
    if (because !== undefined) observe({ kind: 'unread', conversation, because });
    // Cost, title and pull requests come out of the same late events.
    const [latest] = await api.look([conversation.id], signal);
    return { ...ended, facts: factsAfter(ended.facts, latest?.facts) };
  } catch (error) {
    return { ...ended, ...withoutRest(error, ended, observe) };
  } finally {
    // Only now: the last look may have told a secret that is in them.
    tellSteps(watched, steps, observe);
  }
}

/** Reads until the last events have arrived, or their time is over. */
async function untilComplete(
  read: () => Promise<Findings>,
  { conversation }: Ended,
  { clock, signal, observe }: WaitOptions,
): Promise<void> {
  const lateAt = clock.now() + LAG_MS;
  let { complete } = await read();
  if (complete) return;
  observe({ kind: 'late', conversation });
  for (let waitMs = FIRST_LAG_MS; !complete && clock.now() < lateAt; waitMs *= 2) {
    await clock.sleep(Math.min(waitMs, lateAt - clock.now()), signal);
    ({ complete } = await read());
  }
}

/** Why the last answer may be another than what was read. */
function whyUnread({ findings, status }: Ended, eventsMayBeLate: boolean): string | undefined {
  if (findings?.isCut) return 'some events are too large to be read, and it may be in one of them';
  const isLate = eventsMayBeLate && findings?.complete === false && status !== 'error';
  return isLate ? `its last events had not arrived ${LAG_MS / 1000} s after the end` : undefined;
}

/** The end is known: that the rest cannot be read, or not in time, does not change it, but is told. */
function withoutRest(
  error: unknown,
  { conversation, status, findings }: Ended,
  observe: WaitOptions['observe'],
): Pick<Ended, 'lacks'> {
  const problem = error instanceof ApiFailure ? error.problem : undefined;
  if (problem === undefined && !(error instanceof Interruption && error.kind === 'deadline')) throw error;
  if (findings?.complete === true) {
    if (problem !== undefined) observe({ kind: 'unreadable', conversation, problem });
    return {};
  }
  if (problem === undefined && status === 'error') return { lacks: 'reason' };
  observe({ kind: 'unread', conversation, because: problem?.because ?? 'the deadline passed' });
  return {};
}
