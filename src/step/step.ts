import { commentFor, commentProblem } from '../comment/comment.ts';
import { jobHashOf } from '../inputs/job-hash.ts';
import { secretsIn } from '../inputs/secret.ts';
import { AFTER_CANCEL_MS } from '../port/cancel.ts';
import { withDeadline, withGrace } from '../port/clock.ts';
import { isOver, type Outcome } from '../port/outcome.ts';
import { startRecording } from '../record/recorder.ts';
import { commentAfter, lastCommentOf, mustNotify } from '../report/comment.ts';
import { problemIn } from '../report/problem.ts';
import { stepIdOf } from '../start/key.ts';
import type { World } from '../world.ts';
import { answerSchemaOf, connect, hasKey, type StepContext } from './context.ts';
import { converse } from './converse.ts';
import { finish } from './finish.ts';
import { startOutcomeFile } from './outcome-file.ts';
import { checkPermissions, prepareInputs, readAsked, skipByEvent, skippedOutcome } from './preconditions.ts';
import { logSink, outcomeSink, outputSink, stateSink } from './sinks.ts';

/** How long a step may outlast its deadline to write the comment, if GitHub is slow. */
const MIN_COMMENT_MS = 2_000;

/** Runs the step: inputs, permission, conversation, report. Whatever happens, it ends with a report. */
export async function runStep(world: World): Promise<Outcome> {
  const { clock, cancelled } = world;
  return withGrace(clock, AFTER_CANCEL_MS.commentWritten, cancelled, async (lastSignal) =>
    withGrace(clock, AFTER_CANCEL_MS.agentStopped, cancelled, async (graceSignal) =>
      runWithin(world, graceSignal, lastSignal),
    ),
  );
}

/**
 * Runs the step, and reports it.
 *
 * @param graceSignal aborted when a cancelled step has no more time for its agent.
 * @param lastSignal aborted when a cancelled step has no more time at all.
 */
async function runWithin(world: World, graceSignal: AbortSignal, lastSignal: AbortSignal): Promise<Outcome> {
  const { runner, clock, workflow, cancelled } = world;
  runner.secrets.add(...secretsIn(runner.input));
  // An earlier step of the job may have written the state that post reads.
  runner.saveState({ kind: 'over' });
  if (workflow.helpUrl !== undefined) runner.saveHelpUrl(workflow.helpUrl);
  const startedAt = clock.now();
  const { gitHubUrl } = workflow;
  const sinks = [
    stateSink(runner),
    outputSink(runner, gitHubUrl),
    outcomeSink(startOutcomeFile(runner, workflow), gitHubUrl),
    logSink(runner, gitHubUrl),
  ];
  const inputs = await prepareInputs(world);
  // With an outcome in place of the inputs, the step is over.
  if (isOver(inputs)) return (await finish(inputs, startRecording(startedAt, world, sinks), world)).outcome;

  const { githubToken, timeoutMs } = inputs;
  const client = world.github(githubToken);
  const commentWarning = commentProblem(inputs, world.event);
  if (commentWarning !== undefined) runner.warning(commentWarning);
  const marker = {
    id: stepIdOf(workflow.step, jobHashOf(runner.input)),
    mayExist: !workflow.isFirstAttempt,
  };
  const comment = commentFor(inputs, { ...world, github: client }, marker, commentAfter);
  const recorder = startRecording(startedAt, world, comment ? [...sinks, comment.sink] : sinks);
  const deadlineAt = startedAt + timeoutMs;
  const run = async (signal: AbortSignal): Promise<Outcome> => {
    const github = client.during(signal);
    const context = { world, inputs, recorder, startedAt, deadlineAt, signal, graceSignal, github };
    return converseIfAllowed(context, comment && marker.id);
  };
  const because = `the deadline passed (timeout-seconds is ${timeoutMs / 1000})`;
  const end = await withDeadline(clock, deadlineAt - clock.now(), cancelled, run, because);
  const { outcome, context } = await finish(end, recorder, world, client);
  // A step that was refused or skipped before the event `begun` writes no comment.
  if (recorder.record().inputs === undefined) return outcome;
  const limitMs = Math.max(deadlineAt - clock.now(), MIN_COMMENT_MS);
  const limit = { limitMs, signal: lastSignal };
  const { runUrl } = world.event;
  const last = await lastCommentOf(outcome, context, runUrl);
  // `undefined` if the step has no comment.
  const isCommented = await comment?.close(last, mustNotify(outcome, recorder.record()), limit);
  if (isCommented !== false) recorder.emit({ kind: 'reported' });
  return outcome;
}

/**
 * Runs the conversation if the event allows it, and whoever triggered it has the permission.
 *
 * @param comment the id in the marker of the step's comment; `undefined` if it has none.
 */
async function converseIfAllowed(context: StepContext, comment: string | undefined): Promise<Outcome> {
  const { inputs, recorder, signal } = context;
  const skip = skipByEvent(context);
  if (skip !== undefined) return skip;
  // With a key, this runs beside the permission check: a refused step costs OpenHands at most one read of the account.
  const refused = new AbortController();
  const connecting = hasKey(inputs) ? connect(context, AbortSignal.any([signal, refused.signal])) : undefined;
  // After a refusal it is not awaited: its rejection would be unhandled.
  connecting?.catch(() => undefined);
  const asked = (await checkPermissions(context)) ?? (await readAsked(context));
  if (isOver(asked)) {
    refused.abort();
    return asked;
  }
  const allowed = { ...context, ...asked };
  recorder.emit({ kind: 'begun', inputs, schema: answerSchemaOf(allowed), comment });
  const end = await converse(allowed, connecting ?? connect(allowed));
  // A run without secrets, such as that of a fork, cannot pass on the key of a model, either.
  const { whyNoSecrets } = context.world.event;
  const problem = problemIn(end);
  return whyNoSecrets !== undefined && problem?.isWithoutModel
    ? skippedOutcome(`${whyNoSecrets}: ${problem.because}`)
    : end;
}
