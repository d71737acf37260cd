import type { WorkflowEvent } from './github/event.ts';
import type { GitHubClient } from './github/octokit.ts';
import type { Runner } from './github/runner.ts';
import type { Workflow } from './github/workflow.ts';
import type { Network } from './http/exchange.ts';
import type { ProxyOptions, ProxyUse } from './http/proxy.ts';
import type { Validate } from './inputs/schema.ts';
import type { Roots } from './text/file.ts';

/** What main and post need from their environment. */
export interface PostWorld extends Network {
  /** Makes `fetch` use the proxy that the environment variables name. */
  readonly useProxy: (options: ProxyOptions) => ProxyUse;
  readonly runner: Runner;
  readonly workflow: Workflow;
  readonly event: WorkflowEvent;
  readonly github: (token: string) => GitHubClient;
}

/** What a step needs from its environment. */
export interface World extends PostWorld {
  readonly newId: () => string;
  /** Writes a file completely or not at all. */
  readonly save: (path: string, pieces: AsyncIterable<Uint8Array>, roots: Roots) => Promise<void>;
  readonly validate: Validate;
  /** Aborted with an Interruption when the step is cancelled. */
  readonly cancelled: AbortSignal;
}
