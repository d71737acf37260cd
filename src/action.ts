import { randomUUID } from 'node:crypto';

import { readEvent } from './github/event.ts';
import { gitHubConnector } from './github/octokit.ts';
import { githubRunner, ignoreBrokenPipes, type Runner } from './github/runner.ts';
import { workflowOf } from './github/workflow.ts';
import { systemLookup } from './http/address.ts';
import { openSystemSocket } from './http/listen.ts';
import { logRequests } from './http/log-requests.ts';
import { useProxy } from './http/proxy.ts';
import { systemClock } from './port/clock.ts';
import { Interruption } from './port/interruption.ts';
import { systemValidate } from './schema/schema.ts';
import { runPost } from './step/post.ts';
import { runStep } from './step/step.ts';
import { saveAtomically } from './text/file.ts';
import { toError } from './text/to-error.ts';
import type { PostWorld } from './world.ts';

/** The oldest Node on which the action runs, as in action.yml. */
const MIN_NODE = 24;

/** Returns the world of the system. With debug logging, the runner's log shows each request to OpenHands and GitHub. */
async function systemWorld(runner: Runner): Promise<PostWorld> {
  const log = (line: string): void => {
    runner.debug(line);
  };
  const network = {
    fetch: logRequests({ fetch, clock: systemClock }, log),
    lookup: systemLookup,
    openSocket: openSystemSocket,
    clock: systemClock,
    random: Math.random,
  };
  return {
    ...network,
    useProxy: (options) => useProxy(process.env, options),
    runner,
    workflow: workflowOf(process.env, process.argv[1]),
    event: await readEvent(process.env),
    github: gitHubConnector(process.env, network),
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
    await runStep({
      ...(await systemWorld(runner)),
      newId: randomUUID,
      validate: systemValidate,
      save: saveAtomically,
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
  await runPost(await systemWorld(githubRunner()));
}
