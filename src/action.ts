import { randomUUID } from 'node:crypto';

import { commentFor } from './comment/comment.ts';
import { Interruption, systemClock } from './conversation/clock.ts';
import { readEvent } from './github/event.ts';
import { gitHubConnector } from './github/octokit.ts';
import { githubRunner, ignoreBrokenPipes, type Runner } from './github/runner.ts';
import { workflowOf } from './github/workflow.ts';
import { systemLookup } from './http/address.ts';
import type { Network } from './http/exchange.ts';
import { openSystemSocket } from './http/listen.ts';
import { logRequests } from './http/log-requests.ts';
import { setUpProxy, useProxy } from './http/proxy.ts';
import { connectionIn, secretsIn } from './inputs/connection.ts';
import { commentInputsIn } from './inputs/inputs.ts';
import { checkInputs } from './inputs/reader.ts';
import { clientFor } from './openhands/client.ts';
import { situationOf } from './report/advice.ts';
import { commentAfter } from './report/comment.ts';
import { systemValidate } from './schema/schema.ts';
import { cleanUp } from './step/clean-up.ts';
import { savedOutcomeFile } from './step/outcome-file.ts';
import { undone } from './step/post-report.ts';
import { runStep } from './step/step.ts';
import { saveAtomically } from './text/file.ts';
import { toError } from './text/to-error.ts';
import type { World } from './world.ts';

/** The oldest Node on which the action runs, as in action.yml. */
const MIN_NODE = 24;

/** Returns the network of the system. With debug logging, the runner's log shows each request to OpenHands and GitHub. */
function networkFor(runner: Pick<Runner, 'debug'>): Network & Pick<World, 'useProxy'> {
  const log = (line: string): void => {
    runner.debug(line);
  };
  return {
    fetch: logRequests({ fetch, clock: systemClock }, log),
    lookup: systemLookup,
    openSocket: openSystemSocket,
    useProxy: (options) => useProxy(process.env, options),
    clock: systemClock,
    random: Math.random,
  };
}

/** Runs the step. */
export async function main(): Promise<void> {
  const cancel = new AbortController();
  // The runner sends SIGINT first, SIGTERM later; on Windows SIGBREAK.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
    process.on(signal, () => {
      cancel.abort(new Interruption('cancel'));
    });
  }

  ignoreBrokenPipes();
  const runner = githubRunner();
  // The step overwrites this status, which stays if anything breaks.
  runner.output('status', 'start-failed');
  const failUnreported = (why: string): void => {
    runner.output('failure-kind', 'unknown');
    runner.fail(why);
  };
  const { node } = process.versions;
  // Runners take the version in action.yml; tools such as act take another one.
  if (Number.parseInt(node, 10) < MIN_NODE) {
    failUnreported(
      `failed to run on Node ${node}: the action needs Node ${MIN_NODE}. What to do: use an image that has it.`,
    );
    return;
  }
  try {
    const network = networkFor(runner);
    await runStep({
      ...network,
      runner,
      newId: randomUUID,
      validate: systemValidate,
      save: saveAtomically,
      workflow: workflowOf(process.env, process.argv[1]),
      event: await readEvent(process.env),
      github: gitHubConnector(process.env, network),
      cancelled: cancel.signal,
    });
  } catch (error) {
    failUnreported(
      `failed to report how the step went: ${toError(error).message}. What to do: report this as a bug in the action.`,
    );
  }
}

/** Does what `main` could not finish. */
export async function post(): Promise<void> {
  ignoreBrokenPipes();
  const runner = githubRunner();
  const state = runner.savedState();
  // A state that cannot be read counts as over, too.
  if (state.kind === 'over') return;
  const { secrets } = runner;
  secrets.add(...secretsIn(runner.input));
  const network = networkFor(runner);
  try {
    const inputs = checkInputs(runner, (read) => ({
      ...connectionIn(read),
      ...commentInputsIn(read),
    }));
    setUpProxy(inputs.baseUrl, network.useProxy, secrets.add);
    const http = clientFor(inputs, network, {
      secrets,
      deadlineAt: Number.POSITIVE_INFINITY,
      onRetry: () => undefined,
    });
    const github = gitHubConnector(process.env, network)(inputs.githubToken);
    const event = await readEvent(process.env);
    const world = { ...network, runner, github, event };
    const { marker: id } = state;
    const comment =
      id === undefined ? undefined : commentFor(inputs, world, { id, mayExist: true }, commentAfter);
    const workflow = workflowOf(process.env);
    await cleanUp(state, {
      runner,
      clock: systemClock,
      http,
      connection: inputs,
      comment,
      writeOutcome: savedOutcomeFile(runner, workflow),
      runUrl: event.runUrl,
      gitHubUrl: workflow.gitHubUrl,
      situation: situationOf(event, runner.input),
    });
  } catch (error) {
    // In these two states, there is no agent to stop.
    const what =
      state.kind === 'unreported' || state.kind === 'announced'
        ? 'The comment or the summary is not up to date'
        : 'The agent may still be working, and could not be paused';
    const named = 'id' in state ? `the conversation ${state.id}` : 'the conversations';
    const where = `check ${named} at ${runner.input('base-url')}`;
    runner.warning(undone(what, toError(error).message, where));
  }
}
