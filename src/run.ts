import { type Network, reach } from './client.ts';
import { withDeadline } from './conversation/clock.ts';
import type { Outcome } from './conversation/outcome.ts';
import { converse, logBug } from './converse.ts';
import type { Runner } from './github/runner.ts';
import { keeperOf } from './github/state.ts';
import { type Inputs, readInputs, WrongInputs } from './inputs.ts';
import type { ReadContext } from './message/placeholders.ts';
import { withoutConversation } from './report/interruption.ts';
import { createJournal } from './report/journal.ts';
import { report } from './report/report.ts';
import type { Roots } from './text/file.ts';

/** What a step needs of the world. */
export interface World extends Network {
  readonly runner: Runner;
  /** A UUID, anew at each call. */
  readonly newId: () => string;
  readonly workflow: Workflow;
  /** Writes a file so that it is whole or not there. */
  readonly save: (path: string, pieces: AsyncIterable<Uint8Array>) => Promise<void>;
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

/** Does the step: inputs → API → outcome → outputs. Whatever happens, it ends in a report. */
export async function run(world: World): Promise<Outcome> {
  const { runner, clock, workflow } = world;
  runner.secrets.add(runner.input('api-key').trim());
  // First of all, so that no other step can have written another state.
  const state = keeperOf(runner);
  const journal = createJournal(runner, clock);
  const reported = async (outcome: Outcome, inputs?: Inputs): Promise<Outcome> => {
    const { serverUrl, temporary } = workflow;
    const durationMs = journal.elapsedMs();
    const timeline = journal.timeline();
    await report(outcome, {
      runner,
      serverUrl,
      temporary,
      durationMs,
      timeline,
      ...(inputs && { request: inputs }),
    });
    return outcome;
  };

  const inputs = await inputsOf(world);
  if ('status' in inputs) return reported(inputs);
  const outcome = await withDeadline(clock, inputs.timeoutMs, world.cancelled, async (signal) =>
    converse(inputs, { world, state, journal, signal }),
  );
  return reported(outcome, inputs);
}

/** The inputs, or the outcome where they, or the environment of the requests, are wrong. */
async function inputsOf(world: World): Promise<Inputs | Outcome> {
  const { runner, workflow } = world;
  const { repository, roots, templateContext } = workflow;
  const wrong = (because: string, todo: string): Outcome => ({
    status: 'start-failed',
    problem: { failedTo: 'read the inputs', because, todo },
  });
  let inputs: Inputs;
  try {
    const { input, secrets } = runner;
    inputs = await readInputs({ input, redact: secrets.redact, repository, roots, templateContext });
  } catch (error) {
    if (error instanceof WrongInputs) return wrong(error.message, "correct the step's `with:`");
    logBug(error, runner);
    return withoutConversation(error, '');
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
