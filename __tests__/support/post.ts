import { dirname } from 'node:path';

import { type Comment, commentFor } from '../../src/comment/comment.ts';
import type { WorkflowEvent } from '../../src/github/event.ts';
import { connectionIn } from '../../src/inputs/connection.ts';
import { checkInputs } from '../../src/inputs/reader.ts';
import { clientFor } from '../../src/openhands/client.ts';
import { situationOf } from '../../src/report/advice.ts';
import { commentAfter } from '../../src/report/comment.ts';
import { cleanUp } from '../../src/step/clean-up.ts';
import { savedOutcomeFile } from '../../src/step/outcome-file.ts';
import { resolver } from './client.ts';
import { clientOf } from './github.ts';
import type { GithubSteps } from './github-steps.ts';
import { noSocket } from './network.ts';
import type { Step, Steps } from './steps.ts';
import { DISPATCH, KEY } from './world.ts';

/** Runs post after a step, with the inputs of that step. */
export async function post(
  { runner }: Pick<Step, 'runner'>,
  { clock, fetch }: Pick<Steps, 'clock' | 'fetch'>,
  comment?: Comment,
  event = DISPATCH,
): Promise<void> {
  const connection = checkInputs(runner, connectionIn);
  const network = { fetch, clock, lookup: resolver(), openSocket: noSocket, random: () => 0.5 };
  const http = clientFor(connection, network, {
    secrets: runner.secrets,
    deadlineAt: Number.POSITIVE_INFINITY,
    onRetry: () => undefined,
  });
  const gitHubUrl = 'https://github.com';
  // As the runner names the folder to main and to post.
  const temporary = dirname(dirname(runner.outputs['outcome-file'] ?? runner.savedOutcomeFile()));
  const writeOutcome = savedOutcomeFile(runner, { repository: 'octo-org/octo-repo', gitHubUrl, temporary });
  const situation = situationOf(event, runner.input);
  const context = { runner, clock, http, connection, comment, writeOutcome, gitHubUrl, situation };
  await cleanUp(runner.savedState(), context);
}

/** Runs post after a step that has a comment on issue 1. */
export async function postWithComment(
  { runner }: Pick<Step, 'runner'>,
  steps: Pick<GithubSteps, 'simulator' | 'github' | 'clock' | 'fetch'>,
  event: WorkflowEvent,
): Promise<void> {
  const state = runner.savedState();
  if (state.kind === 'over') return;
  const { marker: id } = state;
  const options = { apiKey: KEY, baseUrl: steps.simulator.url, comment: true };
  const github = clientOf(steps.github, { clock: steps.clock, send: steps.fetch });
  const world = { runner, clock: steps.clock, github, event };
  const comment =
    id === undefined ? undefined : commentFor(options, world, { id, mayExist: true }, commentAfter);
  await post({ runner }, steps, comment, event);
}
