import type { GithubApi } from '../simulator/github/api.ts';
import type { WorkflowEvent } from '../src/github/event.ts';
import type { Workflow } from '../src/github/workflow.ts';
import type { Clock } from '../src/port/clock.ts';
import { Interruption } from '../src/port/interruption.ts';
import { runPost as runPostStep } from '../src/step/post.ts';
import { runStep } from '../src/step/step.ts';
import type { World } from '../src/world.ts';
import { clientOf } from '../testbed/github-client.ts';
import { noSocket, resolver } from '../testbed/network.ts';
import type { RecordingRunner } from '../testbed/world.ts';

/** The only place at which a history touches the code under test: main and post, as the entries of the action run them. */

/** Runs main. */
export async function runMain(world: World): Promise<void> {
  await runStep(world);
}

/** Cancels a step, as the runner does. */
export function cancelBy(cancel: AbortController): void {
  cancel.abort(new Interruption('cancel'));
}

/** What post needs. */
export interface PostWorld {
  readonly runner: RecordingRunner;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  readonly random: () => number;
  readonly github: GithubApi;
  readonly event: WorkflowEvent;
  readonly workflow: Workflow;
}

/** Whether main has left something to post. */
export function hasPost(runner: RecordingRunner): boolean {
  return runner.savedState().kind !== 'over';
}

/** Runs post. */
export async function runPost({ github, ...world }: PostWorld): Promise<void> {
  const { clock, fetch } = world;
  await runPostStep({
    ...world,
    lookup: resolver(),
    openSocket: noSocket,
    useProxy: () => ({ kind: 'none' }),
    github: () => clientOf(github, { clock, send: fetch }),
  });
}
