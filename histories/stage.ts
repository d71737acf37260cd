import type { GithubApi } from '../simulator/github/api.ts';
import type { Simulator } from '../simulator/server/server.ts';
import type { jumpingTime } from '../testbed/world.ts';
import type { History, StepPlan } from './history.ts';
import type { Seams } from './seams.ts';
import type { Beat, Phase, ToldLine, ToldRequest } from './told.ts';

/** The servers of a history and its clock. */
export interface Stage {
  readonly history: History;
  readonly seams: Seams;
  readonly time: ReturnType<typeof jumpingTime>;
  readonly simulator: Simulator;
  readonly github: GithubApi;
  readonly isDown: () => boolean;
  /** Called after each request that a step has begun. */
  readonly onRequest: () => void;
  /** Remembers something for the story. */
  readonly tell: (who: string, what: Beat['what']) => void;
}

/** Makes the number of a request of a process known: before it is sent, and once it is. */
export type Announce = (count: number, isSent: boolean) => void;

/** A step that runs. */
export interface Running {
  readonly plan: StepPlan;
  readonly inputs: Readonly<Record<string, string>>;
  readonly startedAt: number;
  readonly now: () => number;
  readonly seconds: () => number;
  readonly random: () => number;
  readonly lines: ToldLine[];
  readonly requests: ToldRequest[];
  readonly exceptions: string[];
  /** Remembers something that a process of the step does for the story. */
  readonly tell: (by: Phase, what: Beat['what']) => void;
  /** Returns the fetch of a process, which makes each request known. */
  readonly fetchFor: (by: Phase, onRequest: Announce) => typeof fetch;
  cancelledAt?: number;
}
