import type { Outcome } from '../port/outcome.ts';
import type { FailureKind } from '../port/problem.ts';
import { failureKindOf } from './problem.ts';

/** The kinds of failure with a heading of their own on the page of statuses, below these two statuses. */
export const KINDS_WITH_HEADING: Readonly<Record<'start-failed' | 'error', readonly FailureKind[]>> = {
  'start-failed': [
    'input',
    'auth',
    'not-found',
    'rate-limit',
    'concurrency-limit',
    'daily-limit',
    'quota',
    'sandbox',
    'network',
    'server',
    'github',
    'paused',
    'timeout',
    'unknown',
  ],
  error: ['agent', 'model', 'quota', 'rate-limit', 'sandbox', 'server'],
};

/**
 * Returns the address of what the status of an outcome means, on the page at `helpUrl`; `undefined` if the step is as it should be, or the
 * page is not known.
 */
export function meaningUrlOf(outcome: Outcome, helpUrl: string | undefined): string | undefined {
  const { status } = outcome;
  const kind = failureKindOf(outcome);
  if (helpUrl === undefined || (kind === undefined && status !== 'skipped' && status !== 'stopped'))
    return undefined;
  const hasHeading =
    (status === 'start-failed' || status === 'error') && kind && KINDS_WITH_HEADING[status].includes(kind);
  return `${helpUrl}#${hasHeading ? `${status}-${kind}` : status}`;
}
