import { commentFor } from '../comment/comment.ts';
import { setUpProxy } from '../http/proxy.ts';
import { connectionIn } from '../inputs/connection.ts';
import { commentInputsIn } from '../inputs/inputs.ts';
import { checkInputs } from '../inputs/reader.ts';
import { secretsIn } from '../inputs/secret.ts';
import { clientFor } from '../openhands/client.ts';
import { isUnfinished } from '../record/unfinished-work.ts';
import { situationOf } from '../report/advice.ts';
import { commentAfter } from '../report/comment.ts';
import { toError } from '../text/to-error.ts';
import type { PostWorld } from '../world.ts';
import { cleanUp } from './clean-up.ts';
import { savedOutcomeFile } from './outcome-file.ts';
import { undone } from './post-report.ts';

/** Does what main could not finish, by the state that main saved. What it cannot do is a warning. */
export async function runPost(world: PostWorld): Promise<void> {
  const { runner, workflow, event } = world;
  const { secrets } = runner;
  const state = runner.savedState();
  // A state that cannot be read counts as over, too.
  if (state.kind === 'over') return;
  secrets.add(...secretsIn(runner.input));
  try {
    const inputs = checkInputs(runner, (read) => ({ ...connectionIn(read), ...commentInputsIn(read) }));
    setUpProxy(inputs.baseUrl, world.useProxy, secrets.add);
    const http = clientFor(inputs, world, {
      secrets,
      deadlineAt: Number.POSITIVE_INFINITY,
      onRetry: () => undefined,
    });
    const github = world.github(inputs.githubToken);
    const { marker: id } = state;
    const comment =
      id === undefined
        ? undefined
        : commentFor(inputs, { ...world, github }, { id, mayExist: true }, commentAfter);
    await cleanUp(state, {
      runner,
      clock: world.clock,
      http,
      connection: inputs,
      comment,
      writeOutcome: savedOutcomeFile(runner, workflow),
      runUrl: event.runUrl,
      gitHubUrl: workflow.gitHubUrl,
      repository: workflow.repository,
      situation: situationOf(event, workflow.runId, runner.input),
    });
  } catch (error) {
    const what = isUnfinished(state)
      ? 'The agent may still be working, and could not be paused'
      : 'The comment or the summary is not up to date';
    const named = 'id' in state ? `the conversation ${state.id}` : 'the conversations';
    const where = `check ${named} at ${runner.input('base-url')}`;
    runner.warning(undone(what, toError(error).message, where));
  }
}
