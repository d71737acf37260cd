import type { SimulatedCheck } from '../simulator/github/api.ts';

/** An actor who may write to the repository. */
export const MAINTAINER = 'octo-maintainer';

/** A workflow, and the event that triggers it. */
interface Trigger {
  /** The path of the workflow in the project. */
  readonly workflow: string;
  /** The name of the event, and the file of `events/` that holds its payload. */
  readonly event: string;
  readonly payload: string;
  /** The id of the run, and its attempt; both 1 by default. */
  readonly runId?: number;
  readonly attempt?: number;
  /** The variables of the repository. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The job to run; all jobs by default. */
  readonly job?: string;
  /** Changes to the workflow: a text, and its replacement. */
  readonly edits?: readonly (readonly [string, string])[];
}

/** The workflow to run, its event, and its surroundings. */
export interface Order extends Trigger {
  /** Earlier runs with the same servers, which must succeed. */
  readonly before?: readonly Trigger[];
  /** The actor of the event; by default somebody who may write to the repository. */
  readonly actor?: string;
  /** The number of the open issue that `gh` finds; none by default. */
  readonly openIssue?: string;
  /** The number of runs of the last 24 hours that `gh` counts, with this one; 1 by default. */
  readonly runs?: number;
  /** The file of `events/` with the pull request that `gh` returns. */
  readonly pullRequest?: string;
  /** Whether the pull request has the threads of the scenario `feedback`, which are those of the event. */
  readonly hasThreads?: true;
  /** The repository of the pull request's head, if it is a fork and the event does not say so. */
  readonly fork?: string;
  /** Whether GitHub lists what the runs before have uploaded, and the pull request of their agent as merged. */
  readonly isReport?: true;
  /** Whether to kill the action while it waits for the agent. */
  readonly killed?: boolean;
  /** The checks of the pull request that the agent opens; seconds count from before the run. */
  readonly checks?: readonly SimulatedCheck[];
  /** The kind of server; an app server by default. */
  readonly api?: 'agent-server';
  /** The scenario of its agents; `done` by default. */
  readonly scenario?: string;
  /** Whether the workflow of the organization is that for an Agent Canvas. */
  readonly isCanvas?: true;
  /** Whether the workflow runs OpenHands' own agent server, from the Python registry, with a scripted model. */
  readonly isLocal?: true;
}
