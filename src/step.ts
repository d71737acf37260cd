import { type Comment, commentAt, commentPlace } from './comment.ts';
import { withDeadline, withGrace } from './conversation/clock.ts';
import type { Outcome } from './conversation/outcome.ts';
import { accountIn, converse } from './converse.ts';
import { finish } from './finish.ts';
import type { Inputs } from './inputs.ts';
import { keyToHide } from './inputs/connection.ts';
import { denialOf, inputsOf, skipOf } from './preconditions.ts';
import { startRecording } from './record.ts';
import { summaryContext } from './report/summary.ts';
import { logSink, outputSink, stateSink } from './sinks.ts';
import { stageOf } from './stage.ts';
import type { World } from './world.ts';

/** The runner ends a cancelled step 7.5 s after it asked it to end by itself. Until then its agent is stopped, … */
const STOP_MS = 6_500;
/** … and its comment written. */
const LEAVE_MS = 7_000;
/** So long a step may outlast its deadline if GitHub is slow to take the comment. */
const LEAST_COMMENT_MS = 2_000;

/** Does the step: inputs, permission, conversation, report. Whatever happens, it ends in a report. */
export async function step(world: World): Promise<Outcome> {
  const { clock, cancelled } = world;
  return withGrace(clock, LEAVE_MS, cancelled, async (leave) =>
    withGrace(clock, STOP_MS, cancelled, async (late) => stepWithin(world, late, leave)),
  );
}

/**
 * @param late aborted when a cancelled step has no more time for its agent.
 * @param leave aborted when it has no more time at all.
 */
async function stepWithin(world: World, late: AbortSignal, leave: AbortSignal): Promise<Outcome> {
  const { runner, clock, workflow, cancelled } = world;
  runner.secrets.add(keyToHide(runner.input), runner.input('github-token').trim());
  // First of all, so that no other step can have written another state.
  runner.save({ step: 'over' });
  const startedAt = clock.now();
  const inputs = await inputsOf(world);
  const comment = commentFor(inputs, world);
  const { serverUrl } = workflow;
  const sinks = [stateSink(runner), outputSink(runner, serverUrl), logSink(runner, serverUrl)];
  const recorder = startRecording(startedAt, clock, comment ? [...sinks, comment.sink] : sinks);

  if ('status' in inputs) return finish({ outcome: inputs }, recorder, world);
  const skip = skipOf(inputs, world);
  const end = await withDeadline(clock, inputs.timeoutMs, cancelled, async (signal) => {
    const stage = stageOf(inputs, { world, recorder, startedAt, signal, late });
    // Beside the check of the permission: a step that is refused costs one read of the account, and nothing else.
    const denied = new AbortController();
    const within = { ...stage, signal: AbortSignal.any([signal, denied.signal]) };
    const account = skip === undefined ? accountIn(inputs, within) : undefined;
    const denial = skip ?? (await denialOf(inputs, world, world.github(inputs.githubToken), signal));
    if (denial !== undefined) {
      denied.abort();
      return { outcome: denial };
    }
    recorder.tell({ kind: 'begun', inputs, hasComment: comment !== undefined });
    return converse(inputs, stage, account);
  });
  const outcome = await finish(end, recorder, world);
  const limitMs = Math.max(startedAt + inputs.timeoutMs - clock.now(), LEAST_COMMENT_MS);
  const context = summaryContext(recorder.record(), serverUrl);
  const isCommented = await comment?.close(outcome, context, { limitMs, signal: leave });
  if (isCommented) recorder.tell({ kind: 'commented' });
  return outcome;
}

function commentFor(inputs: Inputs | Outcome, world: World): Comment | undefined {
  if ('status' in inputs) return undefined;
  const place = commentPlace(inputs, world);
  return place && commentAt(place, inputs, { ...world, github: world.github(inputs.githubToken) });
}
