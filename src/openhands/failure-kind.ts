import type { FailureKind } from '../conversation/problem.ts';
import type { RequestFailure } from './failure.ts';

/** By the HTTP status, if that is an error; any other is of the server. */
const STATUSES: ReadonlyMap<number, FailureKind> = new Map([
  [400, 'input'],
  [401, 'auth'],
  [402, 'quota'],
  [403, 'auth'],
  [404, 'not-found'],
  [405, 'not-found'],
  [410, 'not-found'],
  [422, 'input'],
  [429, 'rate-limit'],
]);

const OTHERS: Readonly<Record<Exclude<RequestFailure['kind'], 'status'>, FailureKind>> = {
  network: 'network',
  'time-out': 'network',
  'cut-off': 'network',
  // Of base-url.
  redirect: 'input',
  page: 'server',
  'not-json': 'server',
  unexpected: 'server',
  'too-large': 'server',
  'other-file': 'server',
};

/** What kind of failure a request came to. */
export function kindOf(failure: RequestFailure): FailureKind {
  if (failure.kind !== 'status') return OTHERS[failure.kind];
  return failure.limit ?? STATUSES.get(failure.status) ?? 'server';
}
