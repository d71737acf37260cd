import type { WorkflowEvent } from './github/event.ts';
import type { GitHub } from './github/octokit.ts';
import type { Runner } from './github/runner.ts';
import type { Network } from './http/client.ts';
import type { ProxyOptions, ProxyUse } from './http/proxy.ts';
import type { ReadContext } from './message/template.ts';
import type { Validate } from './schema/schema.ts';
import type { Roots } from './text/file.ts';

/** What a step needs from its environment. */
export interface World extends Network {
  /** Makes `fetch` use the proxy that the environment variables name. */
  readonly useProxy: (options: ProxyOptions) => ProxyUse;
  readonly runner: Runner;
  /** Returns a new UUID. */
  readonly newId: () => string;
  readonly workflow: Workflow;
  /** What triggered the workflow. */
  readonly event: WorkflowEvent;
  /** Returns a client for GitHub's APIs with a token. */
  readonly github: (token: string) => GitHub;
  /** Writes a file completely or not at all. */
  readonly save: (path: string, pieces: AsyncIterable<Uint8Array>, roots: Roots) => Promise<void>;
  readonly validate: Validate;
  /** Aborted with an Interruption when the step is cancelled. */
  readonly cancelled: AbortSignal;
}

/** The workflow that the step is part of. */
export interface Workflow {
  /** `owner/repo`. */
  readonly repository: string;
  /** The id of the run; `undefined` if the runner does not say. */
  readonly runId: string | undefined;
  /** The run, the job and the step: the same in each attempt of a run. */
  readonly step: readonly string[];
  /** Whether this is the first attempt of the run. */
  readonly isFirstAttempt: boolean;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
  /** The folder of the checkout. */
  readonly workspace: string;
  /** The folders that files may be read from. */
  readonly roots: Roots;
  /** The folder for files that the next steps read. */
  readonly temporary: string;
  /** Returns the values for the placeholders of a template. */
  readonly templateContext: () => Promise<ReadContext>;
}
