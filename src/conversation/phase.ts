import type { Snapshot, State } from './conversation.ts';

/** How often stored events are read while the state hides whether the agent has ended: events are stored late. */
const CONSULT_MS = 60_000;

/** The state of a conversation in the server's words, as last seen. */
export interface Phase {
  readonly shown: string;
  readonly state: State['kind'];
  /** Whether it was reported. */
  readonly isReported: boolean;
  /** When the stored events were last read in this phase; -Infinity if never. */
  readonly consultedAt: number;
}

/** Returns the phase that a look shows. */
export function phaseAfter(
  before: Phase | undefined,
  { phase: shown, state: { kind: state } }: Snapshot,
  consultedAt?: number,
): Phase {
  const same = before?.shown === shown ? before : undefined;
  return {
    shown,
    state,
    isReported: same?.isReported === true || isWorthReporting(before, state),
    consultedAt: consultedAt ?? same?.consultedAt ?? Number.NEGATIVE_INFINITY,
  };
}

/** Whether to report a phase. An end is reported later, and at the first look a new conversation is often not listed yet. */
function isWorthReporting(before: Phase | undefined, state: State['kind']): boolean {
  return state !== 'ended' && (before !== undefined || state !== 'doubtful');
}

/** Whether a look has made a phase worth reporting. */
export function isNewlyReported(before: Phase | undefined, after: Phase | undefined): boolean {
  return after?.isReported === true && !(before?.isReported === true && before.shown === after.shown);
}

/** Whether to read the stored events: if a phase that may hide the end is new, and every minute while it lasts. */
export function mustConsult(
  before: Phase | undefined,
  { consult, phase: shown }: Snapshot,
  now: number,
): boolean {
  if (consult !== 'on-change') return consult === 'each-time';
  return before?.shown !== shown || now - before.consultedAt >= CONSULT_MS;
}
