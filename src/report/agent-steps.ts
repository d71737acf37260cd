import type { AgentStep } from '../conversation/conversation.ts';
import { codeSpan } from '../text/safe.ts';

/** How many steps the summary and the comment show at most. */
const MAX_SHOWN = 50;

/** The steps of the agent. */
export interface AgentSteps {
  /** Oldest first. */
  readonly newest: readonly AgentStep[];
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
): AgentSteps {
  return {
    newest: [...newest, ...reported.steps].slice(-MAX_SHOWN),
    count: count + reported.steps.length,
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

/** Formats the newest steps as a Markdown list, with a heading of the number of all steps. */
export function stepsList({ newest, count, isCut }: AgentSteps): {
  readonly heading: string;
  readonly list: string;
} {
  const before = count - newest.length;
  const lines = newest.map((step) => `- ${stepLine(step)}`);
  return {
    heading: `${isCut ? 'more than ' : ''}${count} ${count === 1 ? 'step' : 'steps'}`,
    list: [...(before === 0 ? [] : [`- … ${before} before …`]), ...lines].join('\n'),
  };
}
