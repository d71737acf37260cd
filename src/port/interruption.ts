import { asClause } from '../text/safe.ts';
import type { Outcome } from './outcome.ts';
import type { FailureKind } from './problem.ts';

/** Why the agent of a step is stopped. `failure`: the step has failed, and does not see any more what the agent does. */
export const STOP_REASONS = ['cancel', 'deadline', 'budget', 'context', 'clone', 'tools', 'failure'] as const;

export type StopReason = (typeof STOP_REASONS)[number];

/** Why a step ends before its conversation does. */
export type InterruptionKind = Exclude<StopReason, 'failure'>;

/** The inputs that can leave an agent at work. */
export type StopInput = 'stop-on-cancel' | 'stop-on-timeout';

/** What a stop is about. */
interface Stop {
  /** The input that can leave the agent at work; `undefined` if none can. */
  readonly unless: StopInput | undefined;
  /**
   * Which agent is stopped: only one that may be at work for the step; also that of another step that is seen at work; or any, even if no look has
   * shown it.
   */
  readonly stops: 'own' | 'at-work' | 'any';
  /** Whether the step has failed, in the words of post. Otherwise it was interrupted from outside. */
  readonly isFailure: boolean;
  /** As in the port. */
  readonly spares: 'sandbox' | undefined;
}

/** What an interruption means. */
interface Meaning extends Stop {
  /** Why the step ends, if nothing else says it. */
  readonly because: string;
  /** How it ends, once there is a conversation. */
  readonly status: Outcome['status'] & ('cancelled' | 'timed-out' | 'over-budget' | 'error' | 'start-failed');
  /** Absent if what lasted until then decides. */
  readonly failure?: FailureKind;
}

/** Says that the context of the model is too small. */
export const CONTEXT_TOO_SMALL = "the model's context is too small for this task";

/** What each interruption means. The words of the advice are in report/interruption.ts. */
export const INTERRUPTIONS = {
  cancel: {
    because: 'the step was canceled',
    unless: 'stop-on-cancel',
    stops: 'own',
    isFailure: false,
    spares: undefined,
    status: 'cancelled',
    failure: 'cancelled',
  },
  deadline: {
    because: 'the deadline passed',
    unless: 'stop-on-timeout',
    stops: 'own',
    isFailure: false,
    spares: undefined,
    status: 'timed-out',
  },
  budget: {
    because: 'max-cost-usd was reached',
    unless: undefined,
    stops: 'at-work',
    isFailure: false,
    // Later steps must see that the budget is spent.
    spares: 'sandbox',
    status: 'over-budget',
    failure: 'budget',
  },
  /** The agent only forgets, and gets nowhere. */
  context: {
    because: CONTEXT_TOO_SMALL,
    unless: undefined,
    stops: 'at-work',
    isFailure: true,
    spares: undefined,
    status: 'error',
    failure: 'model',
  },
  clone: {
    because: 'the server could not clone the repository',
    unless: undefined,
    stops: 'any',
    isFailure: true,
    spares: undefined,
    status: 'start-failed',
    failure: 'not-found',
  },
  /** The agent has tools that it must not have. */
  tools: {
    because: 'the agent may have tools, and tools is none',
    unless: undefined,
    stops: 'at-work',
    isFailure: true,
    spares: undefined,
    status: 'start-failed',
    failure: 'input',
  },
} as const satisfies Readonly<Record<InterruptionKind, Meaning>>;

export const STOPS: Readonly<Record<StopReason, Stop>> = {
  ...INTERRUPTIONS,
  // As after the deadline, nobody watches the agent any more.
  failure: { unless: 'stop-on-timeout', stops: 'own', isFailure: true, spares: undefined },
};

/** Returns the input that leaves the agent at work, because it is false; `undefined` if the agent is to be stopped. */
export function inputAgainstStop(
  why: StopReason,
  stopOn: Readonly<Record<StopInput, boolean>>,
): StopInput | undefined {
  const { unless } = STOPS[why];
  return unless === undefined || stopOn[unless] ? undefined : unless;
}

/** An interruption as an error: the abort reason of the signal that every request gets. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly kind: InterruptionKind;

  /** @param options `cause`: the failure that lasted until then. */
  constructor(kind: InterruptionKind, because: string = INTERRUPTIONS[kind].because, options?: ErrorOptions) {
    super(because, options);
    this.kind = kind;
  }
}

/** Whether an abort reason is the deadline. */
export function isDeadline(reason: unknown): reason is Interruption {
  return reason instanceof Interruption && reason.kind === 'deadline';
}

/** Whether an error says that the server could not clone the repository. */
export function isCloneFailure(error: unknown): error is Interruption {
  return error instanceof Interruption && error.kind === 'clone';
}

/** Returns the interruption of a step whose next retry, in `waitMs` milliseconds, would come after the deadline. */
export function retryAfterDeadline(failure: Error, waitMs: number): Interruption {
  const seconds = Math.round(waitMs / 1000);
  const because = `${asClause(failure.message)}; the next try would be in ${seconds} s, after the deadline`;
  return new Interruption('deadline', because, { cause: failure });
}
