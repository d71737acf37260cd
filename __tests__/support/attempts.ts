import type { Workflow } from '../../src/github/workflow.ts';
import { runMarkOf } from '../../src/message/run-mark.ts';

const stepOf = (run: number): readonly string[] => [String(run), 'agent', 'ask'];

/** Returns what the step of a run knows of its workflow, in the attempt with this number. */
export function attempt(run: number, of = 1): Pick<Workflow, 'step' | 'isFirstAttempt'> {
  return { step: stepOf(run), isFirstAttempt: of === 1 };
}

/** Returns the mark in the message of that step. */
export function markOf(run: number, asked: string): string {
  return runMarkOf(stepOf(run), true, asked).text;
}
