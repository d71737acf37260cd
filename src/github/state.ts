import * as v from 'valibot';

import type { ApiVersion } from '../conversation/conversation.ts';

/**
 * What `main` leaves to `post`: how far it has come with a conversation that is still its own to stop. Ids only, never a
 * secret.
 */
export type StepState = Over | Untold | Unfinished;

/** Nothing is left to do. */
export interface Over {
  readonly step: 'over';
}

/** The agent is no longer this step's concern, and its comment does not say yet how things went. */
export interface Untold {
  readonly step: 'untold';
  readonly version: ApiVersion;
  readonly id: string;
}

/** The agent may still be at work for this step. */
export type Unfinished = (Asked | Pending | Started) & { readonly brokenOffBy?: 'cancel' | 'deadline' };

/** A start was asked for, and its answer is not there; `id` was chosen for the conversation. */
interface Asked {
  readonly step: 'asked';
  readonly version: ApiVersion;
  readonly id: string;
}

/** The server prepares the conversation. */
interface Pending {
  readonly step: 'pending';
  readonly version: ApiVersion;
  readonly task: string;
  /** Chosen for the conversation, which the server may list before the start says so. */
  readonly id: string;
  /** Present if an idempotency key led to that id: other runs may have asked for it at the same moment. */
  readonly keyed?: true;
}

interface Started {
  readonly step: 'started';
  readonly version: ApiVersion;
  readonly id: string;
  /** A message or a resume is on its way to the agent, which may look at rest until it has come. */
  readonly called?: true;
}

const Id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));
const Version = v.picklist(['v1', 'v0']);
const Reason = v.exactOptional(v.picklist(['cancel', 'deadline']));
const StepState = v.variant('step', [
  v.object({ step: v.literal('over') }),
  v.object({ step: v.literal('untold'), version: Version, id: Id }),
  v.object({ step: v.literal('asked'), version: Version, id: Id, brokenOffBy: Reason }),
  v.object({
    step: v.literal('pending'),
    version: Version,
    task: Id,
    id: Id,
    keyed: v.exactOptional(v.literal(true)),
    brokenOffBy: Reason,
  }),
  v.object({
    step: v.literal('started'),
    version: Version,
    id: Id,
    called: v.exactOptional(v.literal(true)),
    brokenOffBy: Reason,
  }),
]);

/** Keeps the state of a step as it changes, for `post` to find. */
export interface StateKeeper {
  readonly keep: (state: StepState) => void;
  readonly current: () => StepState;
  /** Leaves what is unfinished to `post`, with the reason why `main` ended before it was done. */
  readonly leave: (reason: 'cancel' | 'deadline') => void;
}

/** Begins to keep the state: nothing is left to do yet. */
export function keeperOf({ save }: { readonly save: (state: StepState) => void }): StateKeeper {
  let current: StepState = { step: 'over' };
  const keep = (state: StepState): void => {
    current = state;
    save(state);
  };
  keep(current);
  return {
    keep,
    current: () => current,
    leave(reason) {
      if (current.step !== 'over' && current.step !== 'untold') keep({ ...current, brokenOffBy: reason });
    },
  };
}

/** The state as text, for the runner to keep; empty if nothing is left to do, so that `post` need not read it. */
export function stateText(state: StepState): string {
  return state.step === 'over' ? '' : JSON.stringify(state);
}

/**
 * The state that the runner kept. Other steps of the job can write it, too, so that only ids in their format are taken
 * out of it; anything else counts as over.
 */
export function parseState(text: string): StepState {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { step: 'over' };
  }
  const parsed = v.safeParse(StepState, json);
  return parsed.success ? parsed.output : { step: 'over' };
}
