import { logBug } from './bug.ts';
import { missingRights } from './checks/rights.ts';
import { reach } from './client.ts';
import { isAboutOwnComment, signingKeyOf } from './comment/marker.ts';
import type { Outcome } from './conversation/outcome.ts';
import type { Problem } from './conversation/problem.ts';
import { withoutSecretsNotice, type WorkflowEvent } from './github/event.ts';
import type { GitHub } from './github/octokit.ts';
import { checkPermission, otherRepositorySkip } from './github/permission.ts';
import type { Runner } from './github/runner.ts';
import { mayBeTokenAccount } from './github/viewer.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { inputProblem, WrongInputs } from './inputs/reader.ts';
import { outcomeWithoutConversation, problemFrom } from './report/interruption.ts';
import type { World } from './world.ts';

const OWN_COMMENT = 'Skipped: the event is a comment of this action. Nothing was sent to the agent.';

/** The oldest Node on which the action runs, as in action.yml. */
const OLDEST_NODE = 24;

/**
 * Returns why this version of Node cannot run the action; `undefined` if it can. Some runners, such as act, use another
 * version.
 */
export function nodeProblem(version: string): Problem | undefined {
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return undefined;
  return {
    failedTo: `run on Node ${version}`,
    because: `the action needs Node ${OLDEST_NODE} or later`,
    todo: `update the runner to 2.327.1 or later, or with act use an image that has Node ${OLDEST_NODE}`,
  };
}

/** Returns the outcome if the event alone shows that the step must be skipped. Sends no request. */
export function skipOf(inputs: Inputs, { event }: World): Outcome | undefined {
  const isOwn = isAboutOwnComment(event, signingKeyOf(inputs)) === true;
  const notice = isOwn ? OWN_COMMENT : otherRepositorySkip(event)?.notice;
  return notice === undefined ? undefined : { status: 'skipped', notice };
}

/** Returns the outcome if whoever triggered the event may not start an agent, or if that cannot be checked. */
export async function denialOf(
  inputs: Inputs,
  { event, runner }: World,
  github: GitHub,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  try {
    if (await isByUs(inputs, event, github, signal)) return { status: 'skipped', notice: OWN_COMMENT };
    const check = await checkPermission(event, inputs.permission, github, signal);
    switch (check.kind) {
      case 'allowed':
        return undefined;
      case 'skipped':
        return { status: 'skipped', notice: check.notice };
      case 'unreadable':
        return { status: 'start-failed', problem: check.problem };
    }
  } catch (error) {
    logBug(error, runner);
    return outcomeWithoutConversation(error, {
      failedTo: 'check who triggered the event',
      before: 'before GitHub reported their permission',
      todo: 'run the step again: nothing was sent to the agent',
    });
  }
}

/** Whether the event is a comment of this action whose signature cannot be checked, judged by its author. */
async function isByUs(
  inputs: Inputs,
  event: WorkflowEvent,
  github: GitHub,
  signal: AbortSignal,
): Promise<boolean> {
  const isUpToAuthor = isAboutOwnComment(event, signingKeyOf(inputs)) === 'up-to-author';
  return isUpToAuthor && mayBeTokenAccount(event.comment?.author ?? '', github, signal);
}

/** The `failedTo` of a failed preparation for checks. */
const PREPARE = 'prepare for the checks of pull requests';

/** Returns the outcome if the token lacks a permission that the wait for checks needs. Warns if it lacks an optional one. */
export async function rightsRefusalOf(
  { checks, namesOtherRepository }: Inputs,
  { runner }: Pick<World, 'runner'>,
  github: GitHub,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  if (checks === undefined) return undefined;
  const { repository, mostRounds } = checks;
  const failed = (because: string, todo: string): Outcome => ({
    status: 'start-failed',
    problem: { failedTo: PREPARE, because, todo, kind: 'github' },
  });
  try {
    const rights = await missingRights(
      github,
      { repository, isOther: namesOtherRepository, withLogs: mostRounds > 0 },
      signal,
    );
    if (rights.kind === 'no-repository')
      return failed(
        `github-token cannot read ${repository} (${rights.because})`,
        'give the job the permissions checks: read, statuses: read and pull-requests: read, or a token of that repository in github-token',
      );
    const needed = rights.missing.filter((right) => right !== 'actions: read');
    if (needed.length > 0)
      return failed(
        `github-token lacks ${needed.join(', ')} in ${repository}`,
        'add this to the permissions of the job',
      );
    if (rights.missing.length > 0)
      runner.warning(
        'github-token lacks actions: read: the agent learns which checks failed, but not what their logs say',
      );
    return undefined;
  } catch (error) {
    logBug(error, runner);
    return outcomeWithoutConversation(error, {
      failedTo: PREPARE,
      before: 'before GitHub reported what github-token may read',
      todo: 'run the step again: nothing was sent to the agent',
    });
  }
}

/** Returns the required secret that is empty. For a new conversation, an agent server only requires the key of the model. */
function missingSecret(input: Runner['input']): 'api-key' | 'llm-api-key' | undefined {
  const isEmpty = (name: 'api-key' | 'llm-api-key' | 'conversation-id'): boolean => input(name).trim() === '';
  if (input('api-version').trim() === 'agent-server' && isEmpty('conversation-id'))
    return isEmpty('llm-api-key') ? 'llm-api-key' : undefined;
  return isEmpty('api-key') ? 'api-key' : undefined;
}

/** Returns the inputs, or the outcome if the inputs or the proxy are invalid. */
export async function inputsOf(world: World): Promise<Inputs | Outcome> {
  const { runner, workflow, event } = world;
  const { repository, workspace, roots, templateContext } = workflow;
  const { input } = runner;
  const { whyNoSecrets } = event;
  // Starts nothing if the outputs cannot be written.
  const unwritten = runner.unwritten();
  if (unwritten !== undefined) return { status: 'start-failed', problem: unwritten };
  const missing = missingSecret(input);
  if (missing !== undefined && whyNoSecrets !== undefined)
    return { status: 'skipped', notice: withoutSecretsNotice(whyNoSecrets, missing) };
  let inputs: Inputs;
  try {
    inputs = await readInputs({
      input,
      given: runner.given(),
      repository,
      workspace,
      roots,
      templateContext,
      validate: world.validate,
    });
  } catch (error) {
    if (error instanceof WrongInputs) return { status: 'start-failed', problem: error.problem };
    logBug(error, runner);
    return { status: 'start-failed', problem: problemFrom(error) };
  }
  const proxy = reach(inputs, world, runner.secrets);
  if (proxy.kind === 'invalid') {
    const { variable } = proxy;
    const problem = inputProblem(
      [`${variable} is not the address of a proxy`],
      `correct ${variable}, or unset it`,
    );
    return { status: 'start-failed', problem };
  }
  if (proxy.kind === 'not-supported') {
    runner.warning(
      "A proxy is set, but this runner's Node cannot use it: update the runner, or unset HTTPS_PROXY",
    );
  }
  return inputs;
}
