import type { AgentStep } from '../conversation/conversation.ts';
import { codeSpan } from '../text/safe.ts';
import { asDuration } from './amounts.ts';

const FIRST = 10;
const LAST = 40;

/** A step of the agent, and when it was told: since the start of the workflow's step, in milliseconds. */
export interface ToldStep extends AgentStep {
  readonly sinceMs: number;
}

/** The agent's steps, as many as anybody reads: the first and the last ones. */
export interface ToldSteps {
  readonly first: readonly ToldStep[];
  /** How many were told between the first and the last ones. */
  readonly left: number;
  readonly last: readonly ToldStep[];
  /** Whether there were some that nobody told. */
  readonly isCut: boolean;
}

/** Before the agent has done anything. */
export const NO_STEPS: ToldSteps = { first: [], left: 0, last: [], isCut: false };

/** The steps with those that were told now. */
export function withSteps(
  { first, left, last, isCut }: ToldSteps,
  told: { readonly steps: readonly AgentStep[]; readonly isCut: boolean },
  sinceMs: number,
): ToldSteps {
  const steps = told.steps.map((step) => ({ ...step, sinceMs }));
  const room = FIRST - first.length;
  const rest = [...last, ...steps.slice(room)];
  return {
    first: [...first, ...steps.slice(0, room)],
    left: left + Math.max(0, rest.length - LAST),
    last: rest.slice(-LAST),
    isCut: isCut || told.isCut,
  };
}

/** The newest of the steps, the oldest of them first. */
export function newestSteps({ first, last }: ToldSteps, most: number): readonly ToldStep[] {
  return [...first, ...last].slice(-most);
}

const LABELS: Readonly<Record<AgentStep['kind'], string>> = {
  action: '',
  unconfirmed: 'Needs confirmation: ',
  message: 'Says: ',
  error: 'Error: ',
};

/** A step as Markdown within a line; what it did stands in code. */
export function stepLine({ kind, text }: AgentStep): string {
  return LABELS[kind] + codeSpan(text);
}

/** The steps as a list in Markdown, with the time of each, and how many they are; the list is empty if there are none. */
export function stepsList({ first, left, last, isCut }: ToldSteps): {
  readonly heading: string;
  readonly list: string;
} {
  const count = first.length + left + last.length;
  const lines = (steps: readonly ToldStep[]): readonly string[] =>
    steps.map((step) => `- ${asDuration(step.sinceMs)} · ${stepLine(step)}`);
  const between = left === 0 ? [] : [`- … ${left} more …`];
  return {
    heading: `${isCut ? 'more than ' : ''}${count} ${count === 1 ? 'step' : 'steps'}`,
    list: [...lines(first), ...between, ...lines(last)].join('\n'),
  };
}
