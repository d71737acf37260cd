import { canonicalId } from '../../simulator/ids.ts';
import type { Played } from '../play.ts';
import type { ToldStep } from '../told.ts';
import { toldId } from '../truth.ts';

/** A promise that a history breaks. */
export interface Violation {
  readonly promise: string;
  /** The step that broke it, if it was one. */
  readonly step?: number;
  /** The id of the conversation that it is about, if it is about one. */
  readonly conversation?: string;
  /** What is wrong, in one line. */
  readonly text: string;
}

/** Returns how a history breaks a promise. It knows only what the simulators know and what the steps told. */
export type Check = (played: Played) => readonly Violation[];

/** Returns a check of each step by itself, whose texts say what is wrong. */
export function ofEachStep(
  promise: string,
  wrong: (step: ToldStep, played: Played) => readonly string[],
): Check {
  return (played) =>
    played.steps.flatMap((step) =>
      wrong(step, played).map((text) => ({
        promise,
        step: step.number,
        ...(toldId(step) !== '' && { conversation: canonicalId(toldId(step)) }),
        text,
      })),
    );
}

/** Returns the texts of the conditions that do not hold. */
export function broken(conditions: readonly (readonly [holds: boolean, text: string])[]): readonly string[] {
  return conditions.flatMap(([holds, text]) => (holds ? [] : [text]));
}
