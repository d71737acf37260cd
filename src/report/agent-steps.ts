import type { AgentStep } from '../conversation/conversation.ts';
import { codeSpan } from '../text/safe.ts';
import { asDuration } from './words.ts';

/** How many steps the summary and the comment show at most. */
const MAX_SHOWN = 50;

/** A step of the agent with the time at which it was reported: milliseconds since the start of the workflow's step. */
interface TimedStep extends AgentStep {
  readonly sinceMs: number;
}

/** The steps of the agent. */
export interface AgentSteps {
  /** Oldest first. */
  readonly newest: readonly TimedStep[];
  /** The number of all steps. */
  readonly count: number;
  /** Whether the server had more steps than the action read. */
  readonly isCut: boolean;
}

/** The steps of an agent that has not done anything yet. */
export const NO_STEPS: AgentSteps = { newest: [], count: 0, isCut: false };

/** Adds the steps that were just reported. */
export function withSteps(
  { newest, count, isCut }: AgentSteps,
  reported: { readonly steps: readonly AgentStep[]; readonly isCut: boolean },
  sinceMs: number,
): AgentSteps {
  const steps = reported.steps.map((step) => ({ ...step, sinceMs }));
  return {
    newest: [...newest, ...steps].slice(-MAX_SHOWN),
    count: count + steps.length,
    isCut: isCut || reported.isCut,
  };
}

const LABELS: Readonly<Record<AgentStep['kind'], string>> = {
  action: '',
  message: 'Says: ',
  error: 'Error: ',
};

/** Formats a step as inline Markdown, with the agent's text in a code span. */
export function stepLine({ kind, text }: AgentStep): string {
  return LABELS[kind] + codeSpan(text);
}

/** Formats the newest steps, timed or not, as a Markdown list, with a heading of the number of all steps. */
export function stepsList(
  { newest, count, isCut }: AgentSteps,
  isTimed: boolean,
): { readonly heading: string; readonly list: string } {
  const before = count - newest.length;
  const lines = newest.map((step) => `- ${isTimed ? `${asDuration(step.sinceMs)} · ` : ''}${stepLine(step)}`);
  return {
    heading: `${isCut ? 'more than ' : ''}${count} ${count === 1 ? 'step' : 'steps'}`,
    list: [...(before === 0 ? [] : [`- … ${before} before …`]), ...lines].join('\n'),
  };
}
