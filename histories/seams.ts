import type { InputName } from '../src/interface.ts';
import type { Secrets } from '../src/text/secrets.ts';
import type { StepPlan } from './history.ts';
import type { Phase } from './told.ts';

/** The step that a seam serves, and when it began. */
export interface Served {
  readonly plan: StepPlan;
  readonly by: Phase;
  /** Returns the seconds since its main began. */
  readonly seconds: () => number;
}

/** What a history can put between the action and its world, to break the action on purpose. Absent means as it is. */
export interface Seams {
  readonly fetch?: (send: typeof fetch, served: Served) => typeof fetch;
  /** Returns another value of an input. */
  readonly input?: (name: InputName, value: string) => string | undefined;
  readonly secrets?: (secrets: Secrets) => Secrets;
  /** Whether post does nothing. */
  readonly skipsPost?: true;
}
