import { ApiFailure, RESUME, type Sandbox } from './api.ts';
import type { Problem } from './problem.ts';
import { type Answer, answerTo, type Question } from './turn.ts';

const LOOK_MS = 2_000;
/** A sandbox starts within seconds, or later on a busy server. After this time it counts as failed. */
const START_MS = 120_000;

/** A paused sandbox that is being resumed. The resume is requested once, however long it takes. */
export interface Resuming {
  /** When the resume began, in the clock's milliseconds. */
  readonly since: number;
  /** When the next question is due. */
  readonly at: number;
  /** The sandbox to resume next; absent if the next question is for its state. */
  readonly handle?: string;
  /** Whether the resume was requested. */
  readonly isRequested: boolean;
}

/** Starts to resume a sandbox, with a look at its state. */
export function resumingFrom(now: number): Resuming {
  return { since: now, at: now, isRequested: false };
}

/** Returns the next question to the API. */
export function resumeQuestion({ handle }: Resuming): Question {
  return handle === undefined ? { ask: 'sandbox' } : { ask: 'resume', sandbox: handle };
}

/** The result of a resume: a running sandbox, or why there is none. */
export type Resumed =
  | (Sandbox & { readonly kind: 'running' | 'unavailable' })
  | { readonly kind: 'too-slow'; readonly reason: string };

/** Advances the resume by one turn. Returns the resume if it continues, its result, or the failure of the request. */
export function advanceResuming(
  { since, isRequested, handle }: Resuming,
  answer: Answer,
  now: number,
): Resuming | Resumed | ApiFailure {
  const later = { since, at: now + LOOK_MS };
  if (handle !== undefined) {
    const resumed = answerTo('resume', answer);
    // If the answer is lost, the sandbox itself shows whether it starts.
    return resumed instanceof ApiFailure && !resumed.mayHaveActed ? resumed : { ...later, isRequested: true };
  }
  const sandbox = answerTo('sandbox', answer);
  if (sandbox instanceof ApiFailure || sandbox.kind === 'running' || sandbox.kind === 'unavailable')
    return sandbox;
  if (now - since >= START_MS)
    return { kind: 'too-slow', reason: `its sandbox did not start within ${START_MS / 1000} s` };
  return sandbox.kind === 'paused' && !isRequested
    ? { since, at: now, isRequested, handle: sandbox.handle }
    : { ...later, isRequested };
}

/** Returns the problem of a conversation whose sandbox does not start again. */
export function cannotResume(because: string, url: string): Problem {
  return { failedTo: RESUME, because, todo: `check its state: ${url}`, kind: 'sandbox' };
}
