import { type Network, reach } from './client.ts';
import { withDeadline, withGrace } from './conversation/clock.ts';
import type { Outcome } from './conversation/outcome.ts';
import { converse, logBug } from './converse.ts';
import { withoutSecretsNotice, type WorkflowEvent } from './github/event.ts';
import { isAboutOwnComment } from './github/marker.ts';
import type { GitHub } from './github/octokit.ts';
import { checkPermission } from './github/permission.ts';
import type { Runner } from './github/runner.ts';
import { keeperOf } from './github/state.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { WrongInputs } from './inputs/checked.ts';
import { keyToHide } from './inputs/connection.ts';
import type { ReadContext } from './message/placeholders.ts';
import { problemBehind, withoutConversation } from './report/interruption.ts';
import { createJournal } from './report/journal.ts';
import { report, withoutSecrets } from './report/report.ts';
import type { SummaryContext } from './report/summary.ts';
import { tellerOf } from './teller.ts';
import type { Roots } from './text/file.ts';

/** What a step needs of the world. */
export interface World extends Network {
  readonly runner: Runner;
  /** A UUID, anew at each call. */
  readonly newId: () => string;
  readonly workflow: Workflow;
  /** What triggered the workflow. */
  readonly event: WorkflowEvent;
  /** GitHub's APIs, by that token. */
  readonly github: (token: string) => GitHub;
  /** Writes a file so that it is whole or not there. */
  readonly save: (path: string, pieces: AsyncIterable<Uint8Array>, roots: Roots) => Promise<void>;
  /** Aborted with an Interruption when the step is cancelled. */
  readonly cancelled: AbortSignal;
}

/** What is known of the workflow that the step is part of. */
export interface Workflow {
  /** `owner/repo`. */
  readonly repository: string;
  /** GitHub's address, without a trailing slash. */
  readonly serverUrl: string;
  /** The folders that files may be read from. */
  readonly roots: Roots;
  /** The folder for files that the next steps read. */
  readonly temporary: string;
  /** What the placeholders of a template stand for. */
  readonly templateContext: () => Promise<ReadContext>;
}

/** The runner ends a cancelled step 7.5 s after it asked it to end by itself. Until then its agent is stopped, … */
const STOP_MS = 6_500;
/** … and its comment written. */
const LEAVE_MS = 7_000;
/** So long a step may outlast its deadline where GitHub is slow to take the comment. */
const LEAST_COMMENT_MS = 2_000;

/** Does the step: inputs → API → outcome → outputs. Whatever happens, it ends in a report. */
export async function run(world: World): Promise<Outcome> {
  const { clock, cancelled } = world;
  return withGrace(clock, LEAVE_MS, cancelled, async (leave) =>
    withGrace(clock, STOP_MS, cancelled, async (late) => stepOf(world, late, leave)),
  );
}

/**
 * @param late aborted when a cancelled step has no more time for its agent.
 * @param leave aborted when it has no more time at all.
 */
async function stepOf(world: World, late: AbortSignal, leave: AbortSignal): Promise<Outcome> {
  const { runner, clock, workflow } = world;
  runner.secrets.add(keyToHide(runner.input), runner.input('github-token').trim());
  // First of all, so that no other step can have written another state.
  const state = keeperOf(runner);
  const journal = createJournal(runner, clock);
  const reported = async (outcome: Outcome, inputs?: Inputs): Promise<SummaryContext> => {
    const { serverUrl, temporary } = workflow;
    const durationMs = journal.elapsedMs();
    const timeline = journal.timeline();
    const request = inputs && { request: inputs };
    const part = journal.part();
    return report(outcome, {
      runner,
      serverUrl,
      temporary,
      durationMs,
      timeline,
      ...request,
      ...(part && { part }),
    });
  };

  const inputs = await inputsOf(world);
  if ('status' in inputs) {
    await reported(inputs);
    return inputs;
  }
  const github = world.github(inputs.githubToken);
  const teller = tellerOf(inputs, { ...world, github });
  const known = await withDeadline(clock, inputs.timeoutMs, world.cancelled, async (signal) => {
    const denied = await denialOf(inputs, world, github, signal);
    return denied ?? converse(inputs, { world, state, journal, teller, signal, late });
  });
  const outcome = withoutSecrets(known, runner.secrets.redact);
  const told = await reported(outcome, inputs);
  const limitMs = Math.max(inputs.timeoutMs - journal.elapsedMs(), LEAST_COMMENT_MS);
  const isTold = await teller.ended(outcome, told, { limitMs, signal: leave });
  if (isTold && state.current().step === 'untold') state.keep({ step: 'over' });
  return outcome;
}

/** The outcome where nobody who triggered the event may put an agent to work, or nobody can tell. */
async function denialOf(
  { apiKey, permission }: Inputs,
  { event, runner }: World,
  github: GitHub,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  if (isAboutOwnComment(event, apiKey)) {
    const notice = 'Skipped: the event is a comment of this action. Nothing was asked of the agent';
    return { status: 'skipped', notice };
  }
  try {
    const check = await checkPermission(event, permission, github, signal);
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
    return withoutConversation(error, {
      failedTo: 'check who triggered the event',
      before: 'before GitHub told what they may do',
      todo: 'run the step again: nothing was asked of the agent',
    });
  }
}

/** The inputs, or the outcome where they, or the environment of the requests, are wrong. */
async function inputsOf(world: World): Promise<Inputs | Outcome> {
  const { runner, workflow, event } = world;
  const { repository, roots, templateContext } = workflow;
  const wrong = (because: string, todo: string): Outcome => ({
    status: 'start-failed',
    problem: { failedTo: 'read the inputs', because, todo, kind: 'input' },
  });
  const { input, secrets } = runner;
  const { withoutSecrets } = event;
  // Nothing is started that nobody could be told of.
  const unwritten = runner.unwritten();
  if (unwritten !== undefined) return { status: 'start-failed', problem: unwritten };
  if (input('api-key').trim() === '' && withoutSecrets !== undefined) {
    return { status: 'skipped', notice: withoutSecretsNotice(withoutSecrets) };
  }
  let inputs: Inputs;
  try {
    inputs = await readInputs({ input, redact: secrets.redact, repository, roots, templateContext });
  } catch (error) {
    if (error instanceof WrongInputs) return wrong(error.message, "correct the step's `with:`");
    logBug(error, runner);
    return { status: 'start-failed', problem: problemBehind(error) };
  }
  const proxy = reach(inputs, world, runner.secrets);
  if (proxy.kind === 'invalid') {
    return wrong(`${proxy.variable} holds no address of a proxy`, `correct ${proxy.variable}, or unset it`);
  }
  if (proxy.kind === 'not-supported') {
    runner.warning(
      "A proxy is set, and this runner's Node cannot use it: update the runner, or unset HTTPS_PROXY",
    );
  }
  return inputs;
}
