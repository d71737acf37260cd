import { dirname } from 'node:path';

import type { GithubApi } from '../simulator/github/api.ts';
import type { WorkflowEvent } from '../src/github/event.ts';
import { runPost } from '../src/step/post.ts';
import type { PostWorld } from '../src/world.ts';
import { clientOf } from './github-client.ts';
import { noSocket, resolver } from './network.ts';
import type { Step, Steps } from './steps.ts';
import { DISPATCH, NO_GITHUB, workflowIn } from './world.ts';

/** Runs post after a step, with the inputs of that step. */
export async function post(
  { runner }: Pick<Step, 'runner'>,
  { clock, fetch }: Pick<Steps, 'clock' | 'fetch'>,
  more: Partial<Pick<PostWorld, 'event' | 'github'>> = {},
): Promise<void> {
  await runPost({
    runner,
    clock,
    fetch,
    lookup: resolver(),
    openSocket: noSocket,
    useProxy: () => ({ kind: 'none' }),
    random: () => 0.5,
    // As the runner names the folder to main and to post.
    workflow: workflowIn(dirname(dirname(runner.outputs['outcome-file'] ?? runner.savedOutcomeFile()))),
    event: DISPATCH,
    github: () => ({ during: () => NO_GITHUB }),
    ...more,
  });
}

/** Runs post after a step that has a comment on an issue of a simulated GitHub. */
export async function postWithComment(
  step: Pick<Step, 'runner'>,
  steps: Pick<Steps, 'clock' | 'fetch'> & { readonly github: GithubApi },
  event: WorkflowEvent,
): Promise<void> {
  const github = clientOf(steps.github, { clock: steps.clock, send: steps.fetch });
  await post(step, steps, { event, github: () => github });
}
