import type { ScenarioName } from '../../simulator/scenarios.ts';
import type { Outcome } from '../../src/conversation/outcome.ts';

type Status = Outcome['status'];

/** What the contract's table of statuses makes of each scenario, with V1 and with V0. */
export const ENDINGS: readonly (readonly [ScenarioName, v1: Status, v0: Status])[] = [
  ['finish', 'finished', 'finished'],
  ['message', 'finished', 'needs-input'],
  ['pull-request', 'finished', 'finished'],
  ['error', 'error', 'error'],
  ['hostile-error', 'error', 'error'],
  ['stuck', 'stuck', 'error'],
  ['needs-input', 'needs-input', 'needs-input'],
  ['confirmation', 'needs-input', 'needs-input'],
  ['rejected', 'error', 'error'],
  ['rate-limited', 'error', 'error'],
  ['start-error', 'start-failed', 'start-failed'],
  ['hostile-start', 'start-failed', 'start-failed'],
  ['no-access', 'start-failed', 'start-failed'],
  ['hidden-finish', 'finished', 'finished'],
  ['paused', 'timed-out', 'stopped'],
  ['paused-resumed', 'finished', 'stopped'],
  ['agent-paused', 'timed-out', 'timed-out'],
  ['sandbox-error', 'error', 'error'],
  ['missing', 'missing', 'missing'],
  ['deleting', 'missing', 'stopped'],
  ['archived', 'missing', 'missing'],
  ['vanish', 'missing', 'missing'],
  ['never-appears', 'missing', 'missing'],
  ['unknown-status', 'finished', 'finished'],
  ['stopped', 'timed-out', 'stopped'],
  ['stopped-early', 'finished', 'finished'],
  ['long', 'finished', 'finished'],
  ['forever', 'timed-out', 'timed-out'],
  ['hostile', 'finished', 'finished'],
  ['long-answer', 'finished', 'finished'],
  ['long-trajectory', 'finished', 'finished'],
  ['no-answer', 'finished', 'finished'],
];
