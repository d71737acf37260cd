import { ApiFailure, type Sandbox } from './api.ts';
import type { Problem } from './problem.ts';
import { answerTo, type Question, type Seen } from './turn.ts';

const RESUME = 'resume the conversation';
const LOOK_MS = 2_000;
/** A sandbox starts within seconds; on a busy server it takes longer, and beyond this it will not. */
const START_MS = 120_000;

/** A paused sandbox on its way back. It is asked to start once, however long that takes. */
export interface Resuming {
  /** The clock's milliseconds at which that began. */
  readonly since: number;
  /** When the next question is due. */
  readonly at: number;
  /** What is resumed next; absent while the sandbox is looked at. */
  readonly handle?: string;
  readonly asked: boolean;
}

/** Begins to bring a sandbox back. */
export function resumingFrom(now: number): Resuming {
  return { since: now, at: now, asked: false };
}

/** What is asked next. */
export function resumeQuestion({ handle }: Resuming): Question {
  return handle === undefined ? { ask: 'sandbox' } : { ask: 'resume', sandbox: handle };
}

/** A sandbox that runs, or why there will be none. */
export type Resumed =
  | (Sandbox & { readonly kind: 'running' | 'unavailable' })
  | { readonly kind: 'too-slow'; readonly reason: string };

/** One turn further: it goes on, what came of it, or why it cannot be resumed. */
export function advanceResuming(
  { since, asked, handle }: Resuming,
  seen: Seen,
  now: number,
): Resuming | Resumed | ApiFailure {
  const later = { since, at: now + LOOK_MS };
  if (handle !== undefined) {
    const resumed = answerTo('resume', seen);
    // If the answer is lost, the sandbox itself shows whether it starts.
    return resumed instanceof ApiFailure && !resumed.mayHaveActed ? resumed : { ...later, asked: true };
  }
  const sandbox = answerTo('sandbox', seen);
  if (sandbox instanceof ApiFailure || sandbox.kind === 'running' || sandbox.kind === 'unavailable')
    return sandbox;
  if (now - since >= START_MS)
    return { kind: 'too-slow', reason: `its sandbox did not start within ${START_MS / 1000} s` };
  return sandbox.kind === 'paused' && !asked
    ? { since, at: now, asked, handle: sandbox.handle }
    : { ...later, asked };
}

/** What people are told of a conversation whose sandbox does not start again. */
export function cannotResume(because: string, url: string): Problem {
  return { failedTo: RESUME, because, todo: `check its state: ${url}`, kind: 'sandbox' };
}
