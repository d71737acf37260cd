import type { ActionRun, GithubContext } from '../simulator/runner/runner.ts';

/** The surroundings of the demo: a server to run the action against, and how to stop it. */
export interface Stage {
  /** The text to print before the run, if it was not printed yet. */
  readonly intro?: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** The folder of the job; a new one by default. */
  readonly workspace?: string;
  /** The `github` context for the simulated runner. */
  readonly github?: Partial<GithubContext>;
  /** Returns a section to print after outputs and summary. */
  more?(run: ActionRun): Promise<readonly [title: string, text: string]>;
  /** Returns what the user can do after the run. */
  next(succeeded: boolean): string;
  close(): Promise<void>;
}
