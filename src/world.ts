import type { Network } from './client.ts';
import type { WorkflowEvent } from './github/event.ts';
import type { GitHub } from './github/octokit.ts';
import type { Runner } from './github/runner.ts';
import type { ReadContext } from './message/placeholders.ts';
import type { Validate } from './schema/fit.ts';
import type { Roots } from './text/file.ts';

/** What a step needs of the world. */
export interface World extends Network {
  readonly runner: Runner;
  /** A UUID, anew at each call. */
  readonly newId: () => string;
  readonly workflow: Workflow;
  /** What triggered the workflow. */
  readonly event: WorkflowEvent;
  /** GitHub's APIs, by that token. */
  readonly github: (token: string) => GitHub;
  /** Writes a file so that it is whole or not there. */
  readonly save: (path: string, pieces: AsyncIterable<Uint8Array>, roots: Roots) => Promise<void>;
  /** Deletes a file that was written so. */
  readonly deleteSaved: (path: string, roots: Roots) => Promise<void>;
  readonly validate: Validate;
  /** Aborted with an Interruption when the step is cancelled. */
  readonly cancelled: AbortSignal;
}

/** What is known of the workflow that the step is part of. */
export interface Workflow {
  /** `owner/repo`. */
  readonly repository: string;
  /** The id of the run; `undefined` if the runner does not say. */
  readonly runId: string | undefined;
  /** The run, the job and the step, which are the same if the run is done again. */
  readonly step: readonly string[];
  /** Whether the run was not done before. */
  readonly isFirstAttempt: boolean;
  /** GitHub's address, without a trailing slash. */
  readonly serverUrl: string;
  /** The folder of the checkout. */
  readonly workspace: string;
  /** The folders that files may be read from. */
  readonly roots: Roots;
  /** The folder for files that the next steps read. */
  readonly temporary: string;
  /** What the placeholders of a template stand for. */
  readonly templateContext: () => Promise<ReadContext>;
}
