import type { ActionRun, GithubContext } from '../simulator/runner.ts';

/** Where the agent of the demo is: a place to run the action against, and how to leave it. */
export interface Stage {
  /** What to say before the run, if that was not said yet. */
  readonly intro?: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** The folder of the job; a fresh one if it is left out. */
  readonly workspace?: string;
  /** What the simulated runner is told of GitHub. */
  readonly github?: Partial<GithubContext>;
  /** What to show after outputs and summary. */
  more?(run: ActionRun): Promise<readonly [title: string, text: string]>;
  /** What to do after the run. */
  next(succeeded: boolean): string;
  close(): Promise<void>;
}
