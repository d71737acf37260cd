import type { AgentStep } from '../conversation/conversation.ts';
import { codeSpan } from '../text/safe.ts';
import { asDuration } from './amounts.ts';

const FIRST = 10;
const LAST = 40;

/** A step of the agent with the time at which it was reported: milliseconds since the start of the workflow's step. */
export interface TimedStep extends AgentStep {
  readonly sinceMs: number;
}

/** The first and the last steps of the agent; the summary and the comment omit those in between. */
export interface AgentSteps {
  readonly first: readonly TimedStep[];
  /** The number of steps between the first and the last ones. */
  readonly omitted: number;
  readonly last: readonly TimedStep[];
  /** Whether the server had more steps than the action read. */
  readonly isCut: boolean;
}

/** The steps of an agent that has not done anything yet. */
export const NO_STEPS: AgentSteps = { first: [], omitted: 0, last: [], isCut: false };

/** Adds the steps that were just reported. */
export function withSteps(
  { first, omitted, last, isCut }: AgentSteps,
  reported: { readonly steps: readonly AgentStep[]; readonly isCut: boolean },
  sinceMs: number,
): AgentSteps {
  const steps = reported.steps.map((step) => ({ ...step, sinceMs }));
  const room = FIRST - first.length;
  const rest = [...last, ...steps.slice(room)];
  return {
    first: [...first, ...steps.slice(0, room)],
    omitted: omitted + Math.max(0, rest.length - LAST),
    last: rest.slice(-LAST),
    isCut: isCut || reported.isCut,
  };
}

/** Returns at most `most` of the newest steps, oldest first. */
export function newestSteps({ first, last }: AgentSteps, most: number): readonly TimedStep[] {
  return [...first, ...last].slice(-most);
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

/** Formats the steps, timed or not, as a Markdown list, with a heading of their number. Without steps the list is empty. */
export function stepsList(
  { first, omitted, last, isCut }: AgentSteps,
  isTimed: boolean,
): { readonly heading: string; readonly list: string } {
  const count = first.length + omitted + last.length;
  const lines = (steps: readonly TimedStep[]): readonly string[] =>
    steps.map((step) => `- ${isTimed ? `${asDuration(step.sinceMs)} · ` : ''}${stepLine(step)}`);
  const between = omitted === 0 ? [] : [`- … ${omitted} more …`];
  return {
    heading: `${isCut ? 'more than ' : ''}${count} ${count === 1 ? 'step' : 'steps'}`,
    list: [...lines(first), ...between, ...lines(last)].join('\n'),
  };
}
