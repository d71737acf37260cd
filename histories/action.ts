import { resolver } from '../__tests__/support/client.ts';
import { clientOf } from '../__tests__/support/github.ts';
import { noSocket } from '../__tests__/support/network.ts';
import type { RecordingRunner } from '../__tests__/support/world.ts';
import type { GithubApi } from '../simulator/github/api.ts';
import { commentFor } from '../src/comment/comment.ts';
import { type Clock, Interruption } from '../src/conversation/clock.ts';
import type { WorkflowEvent } from '../src/github/event.ts';
import type { Workflow } from '../src/github/workflow.ts';
import { connectionIn, secretsIn } from '../src/inputs/connection.ts';
import { commentInputsIn } from '../src/inputs/inputs.ts';
import { checkInputs } from '../src/inputs/reader.ts';
import { clientFor } from '../src/openhands/client.ts';
import { situationOf } from '../src/report/advice.ts';
import { commentAfter } from '../src/report/comment.ts';
import { cleanUp } from '../src/step/clean-up.ts';
import { savedOutcomeFile } from '../src/step/outcome-file.ts';
import { undone } from '../src/step/post-report.ts';
import { runStep } from '../src/step/step.ts';
import type { World } from '../src/world.ts';

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

/** Runs post, as the entry does. */
export async function runPost({
  runner,
  clock,
  fetch,
  random,
  github: api,
  event,
  workflow,
}: PostWorld): Promise<void> {
  const state = runner.savedState();
  if (state.kind === 'over') return;
  runner.secrets.add(...secretsIn(runner.input));
  try {
    const inputs = checkInputs(runner, (read) => ({ ...connectionIn(read), ...commentInputsIn(read) }));
    const network = { fetch, clock, lookup: resolver(), openSocket: noSocket, random };
    const options = {
      secrets: runner.secrets,
      deadlineAt: Number.POSITIVE_INFINITY,
      onRetry: () => undefined,
    };
    const http = clientFor(inputs, network, options);
    const github = clientOf(api, { clock, send: fetch });
    const world = { runner, clock, event, github };
    const { marker: id } = state;
    const comment =
      id === undefined ? undefined : commentFor(inputs, world, { id, mayExist: true }, commentAfter);
    const { runUrl } = event;
    const { gitHubUrl } = workflow;
    const writeOutcome = savedOutcomeFile(runner, workflow);
    await cleanUp(state, {
      runner,
      clock,
      http,
      connection: inputs,
      comment,
      writeOutcome,
      runUrl,
      gitHubUrl,
      situation: situationOf(event, runner.input),
    });
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    runner.warning(
      undone('The agent may still be working, and could not be paused', because, 'check the conversation'),
    );
  }
}
