import { ApiFailure, type ConversationApi, type PendingWork, STOP, type StopAnswer } from '../port/api.ts';
import { Interruption, type InterruptionKind, withDeadline } from '../port/clock.ts';
import { MAX_EVENT_DELAY_MS } from './answer.ts';
import { type Access, askWithin, countKeyRefusals, tryWithTimeLimit, withTimeLimit } from './session.ts';

/** Why the agent of a step is stopped. `failure`: the step has failed, and does not see any more what the agent does. */
export type StopReason = InterruptionKind | 'failure';

/** Whether the agent is stopped whoever it works for: its work costs too much, gets nowhere, or is done with tools that it must not have. */
export function stopsAnybodys(why: StopReason): boolean {
  return why === 'budget' || why === 'context' || why === 'tools';
}

/**
 * What happened to an agent whose step was interrupted. If the step did not try to stop it: its state as last seen, or `unsent` if
 * the message was not sent yet. `stopped-early`: before the whole cost was stored. `interrupted`: post must pause the sandbox.
 * `isInterrupted`: the agent was interrupted, but its sandbox could not be paused. `paused`: it may be resumed.
 */
export type StopResult =
  | { readonly kind: 'at-work' | 'ended' | 'unknown' | 'unsent' }
  | { readonly kind: 'stopped' | 'stopped-early' | 'interrupted' | 'not-running' | 'paused' }
  | { readonly kind: 'not-stopped'; readonly because: string; readonly isInterrupted?: true };

/** The agent of a conversation whose starter is not known: it is left alone. */
export const MAY_BE_OTHERS: StopResult = {
  kind: 'not-stopped',
  because: 'another run with the same idempotency-key may have started it',
};

/** How long to try to stop the agent if the server does not answer. */
export const MAX_STOP_WHEN_GONE_MS = 10_000;
/** How long a stop may take that waits for the cost: with the look after it, a minute. */
const MAX_STOP_WITH_COST_MS = 58_000;
/** How much longer the wait gets after each attempt. */
const BACKOFF_MS = 1_000;

/** An attempt has up to four requests: a look, a check for other users of the sandbox, the pause, the interrupt. */
const MAX_REQUESTS = 4;

/** The limits of a stop. `signal` ends it early. */
export interface StopOptions extends Pick<Access, 'clock' | 'signal'> {
  /**
   * How long the stop may take, in milliseconds. The wait until the cost is stored comes on top, up to {@link MAX_STOP_WITH_COST_MS} in all.
   */
  readonly limitMs: number;
  readonly pendingWork: PendingWork | undefined;
  /** Present if the final cost must be known: who waits until it is stored, this process or post. */
  readonly costWait?: 'awaited' | 'left-to-post' | undefined;
}

/**
 * Stops the agent of a conversation, and returns what happened to it. Tries until the time is over: a server that refuses now may
 * accept in a second. Only a key that is refused twice in a row is final. Throws no failure of the API.
 */
export async function stopAgent(api: ConversationApi, id: string, options: StopOptions): Promise<StopResult> {
  const { clock, signal: outer, pendingWork, costWait } = options;
  // A failed interrupt must leave time for the pause.
  const limitMs = options.limitMs / (costWait ? 2 : 1);
  const pauseAt = clock.now() + MAX_STOP_WITH_COST_MS - limitMs;
  let handle: string | undefined;
  let last = notStopped('the server did not answer in time');
  /** Returns why the agent could not be stopped, and whether it was interrupted. */
  const giveUp = (): StopResult =>
    handle !== undefined && last.kind === 'not-stopped' ? { ...last, isInterrupted: true } : last;
  try {
    handle = await interruptAgent(api, id, { ...options, limitMs });
    if (handle !== undefined && costWait === 'left-to-post') return { kind: 'interrupted' };
    // Where an API has an interrupt, a pause without it loses the last cost.
    const isCostLost =
      handle === undefined
        ? costWait !== undefined && 'interrupt' in api
        : !(await waitUntilStored(id, Math.min(pauseAt - clock.now(), MAX_EVENT_DELAY_MS), {
            ...options,
            api,
          }));
    return await withDeadline(clock, limitMs, outer, async (signal) => {
      const isRefusedForGood = countKeyRefusals();
      for (let waitMs = BACKOFF_MS; ; waitMs += BACKOFF_MS) {
        const { result, isFinal, failure } = await tryToStop(signal, async () =>
          handle === undefined
            ? api.stop(id, signal, pendingWork, limitMs / MAX_REQUESTS)
            : api.pause(handle, id, signal).then(() => 'stopped'),
        );
        if (isFinal) return result.kind === 'stopped' && isCostLost ? { kind: 'stopped-early' } : result;
        last = result;
        if (isRefusedForGood(failure)) return giveUp();
        await clock.sleep(waitMs, signal);
      }
    });
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    // The agent was interrupted, but its sandbox was not paused.
    return handle !== undefined && outer.aborted ? { kind: 'interrupted' } : giveUp();
  }
}

/** Interrupts the agent if its final cost must be known. Returns the handle of its sandbox; `undefined` if it was not interrupted. */
async function interruptAgent(
  api: ConversationApi,
  id: string,
  options: StopOptions,
): Promise<string | undefined> {
  const { clock, limitMs, costWait } = options;
  if (costWait === undefined) return undefined;
  // Leaves time for a second try.
  const requestLimit = { ms: limitMs / 2, failedTo: STOP };
  return tryWithTimeLimit(limitMs, options, async (signal) => {
    for (let tries = 1; ; tries += 1) {
      const handle = await withTimeLimit(requestLimit, { clock, signal }, async (limited) =>
        api.interrupt?.(id, limited),
      );
      if (!(handle instanceof ApiFailure)) return handle;
      if (handle.problem.kind === 'rate-limit') await clock.sleep(tries * BACKOFF_MS, signal);
      // Another failure of the first try is tried once more: if only the answer was lost, that finds the agent interrupted.
      else if (tries > 1) return undefined;
    }
  });
}

/** Waits until the last events of an interrupted agent are stored, with its cost. Returns whether they are. */
async function waitUntilStored(
  id: string,
  limitMs: number,
  { api, ...access }: Pick<Access, 'api' | 'clock' | 'signal'>,
): Promise<boolean> {
  const isStored = await askWithin(limitMs, access, async (signal) => {
    const stored = await api.readStored(id, signal);
    // An interrupted agent is stored as paused.
    return stored?.state.kind === 'paused' || undefined;
  });
  return isStored === true;
}

/** What an attempt says of the agent. `isFinal`: another attempt would say the same. `failure`: why it failed. */
interface Attempt {
  readonly result: StopResult;
  readonly isFinal: boolean;
  readonly failure?: ApiFailure;
}

const notStopped = (because: string): StopResult => ({ kind: 'not-stopped', because });

/** What each answer to a stop means. */
const ON_ANSWER: Readonly<Record<StopAnswer, Attempt>> = {
  stopped: { result: { kind: 'stopped' }, isFinal: true },
  'not-running': { result: { kind: 'not-running' }, isFinal: true },
  // A message or a resume may be on its way, and the agent works again once it arrives.
  paused: { result: { kind: 'paused' }, isFinal: false },
  // Its message is on its way.
  'not-begun': { result: notStopped('the conversation had not started yet'), isFinal: false },
  // Servers list a new conversation late.
  'not-listed': { result: notStopped('the server does not list the conversation'), isFinal: false },
  // The other conversations may end or move.
  shared: { result: notStopped('the sandbox has other conversations'), isFinal: false },
};

/** Makes one attempt to stop the agent. */
async function tryToStop(signal: AbortSignal, stop: () => Promise<StopAnswer>): Promise<Attempt> {
  try {
    return ON_ANSWER[await stop()];
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiFailure)
      return { result: notStopped(error.message), isFinal: false, failure: error };
    if (!(error instanceof Interruption)) throw error;
    // The server asks for a retry after the step's deadline, but that does not limit a stop.
    return { result: notStopped(error.message), isFinal: false };
  }
}
