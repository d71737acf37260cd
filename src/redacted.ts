import type { Outcome } from './conversation/outcome.ts';
import { guardedFacts, guardedResult } from './openhands/guard.ts';
import type { StepEvent } from './step-event.ts';

type Redact = (text: string) => string;

/**
 * Redacts the texts from outside in an event when it is emitted. They were redacted when they were read, but some secrets, such as
 * the key of a sandbox, become known only later.
 */
export function redactedEvent(event: StepEvent, redact: Redact): StepEvent {
  switch (event.kind) {
    case 'start-phase':
    case 'phase':
    case 'current-state':
    case 'unrecognized':
    case 'unclear':
    case 'paused':
      return { ...event, phase: redact(event.phase) };
    case 'steps':
      return { ...event, steps: event.steps.map(({ kind, text }) => ({ kind, text: redact(text) })) };
    case 'title':
      return { ...event, title: redact(event.title) };
    case 'answer-incomplete':
      return { ...event, because: redact(event.because) };
    case 'steps-unreadable':
    case 'not-resumed':
    case 'events-unreadable':
      return { ...event, problem: { ...event.problem, because: redact(event.problem.because) } };
    default:
      return event;
  }
}

/** Redacts an outcome like {@link redactedEvent}. */
export function redactedOutcome(outcome: Outcome, redact: Redact): Outcome {
  if (!('facts' in outcome)) return outcome;
  const redacted = { ...outcome, facts: guardedFacts(outcome.facts, redact) };
  if (!('phase' in redacted)) return redacted;
  const { phase, result } = redacted;
  return {
    ...redacted,
    phase: redact(phase),
    ...(result && { result: guardedResult(result, redact, redact) }),
  };
}
