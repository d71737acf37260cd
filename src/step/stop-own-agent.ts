import { AFTER_CANCEL_MS } from '../port/cancel.ts';
import { inputAgainstStop, type StopReason, STOPS } from '../port/interruption.ts';
import { isGoneAt, type StepRecord } from '../record/record.ts';
import { isUnfinished } from '../record/unfinished-work.ts';
import { hasMessageToSend } from '../record/unsent.ts';
import {
  MAX_STOP_MS,
  MAX_STOP_WHEN_GONE_MS,
  MAY_BE_OTHERS,
  stopAgent,
  type StopResult,
} from '../session/stop.ts';
import type { ConnectedContext } from './context.ts';

/**
 * How long stopping the agent may take. A cancelled step has little time; after a deadline, the runner sets no limit. A step that has
 * failed does not know whether its server still answers.
 */
export const STOP_MS = {
  cancel: AFTER_CANCEL_MS.stop,
  deadline: MAX_STOP_MS,
  budget: MAX_STOP_MS,
  context: MAX_STOP_MS,
  clone: MAX_STOP_MS,
  tools: MAX_STOP_MS,
  failure: MAX_STOP_WHEN_GONE_MS,
} as const satisfies Record<StopReason, number>;
/**
 * The results after which post tries again: the agent was not stopped, or was paused or had ended before and may work again.
 */
const UNFINISHED_STOPS: readonly StopResult['kind'][] = ['not-stopped', 'paused', 'unanswered'];

/**
 * Stops the agent if the inputs ask for that and it works for this step. Returns what happened to it; if it is not stopped, its state as
 * last seen.
 */
export async function stopOwnAgent(
  why: StopReason,
  id: string,
  { world, inputs, recorder, graceSignal, stoppingApi, startedAt }: ConnectedContext,
): Promise<StopResult> {
  const record = recorder.record();
  const { unfinishedWork, agent } = record;
  if (inputAgainstStop(why, inputs.stopOn) !== undefined || !mustStop(why, record))
    return { kind: hasMessageToSend(record) ? 'unsent' : agent };
  if (mayBeOthers(why, record)) {
    recorder.emit({ kind: 'left-to-post', left: { why, said: 'not-paused' } });
    return MAY_BE_OTHERS;
  }
  const isGone = isGoneAt(world.clock.now() - startedAt, record);
  recorder.emit({ kind: 'stopping' });
  const stopped = await stopAgent(stoppingApi, id, {
    clock: world.clock,
    limitMs: Math.min(STOP_MS[why], isGone ? MAX_STOP_WHEN_GONE_MS : Infinity),
    signal: graceSignal,
    pendingWork: 'pendingWork' in unfinishedWork ? unfinishedWork.pendingWork : undefined,
    spares: STOPS[why].spares,
  });
  // Reports an agent that was paused before as paused, because somebody has to resume it.
  const reported: StopResult = agent === 'paused' ? { kind: 'paused' } : stopped;
  // All but `not-paused` stays true, whatever post finds.
  const said = reported.kind === 'not-stopped' ? 'not-paused' : 'paused';
  if (UNFINISHED_STOPS.includes(stopped.kind))
    recorder.emit({ kind: 'left-to-post', left: { why, said, isGone } });
  return reported;
}

/**
 * Leaves the stop of an agent to post, because main does not know its conversation. Only if the inputs ask for the stop, and the step may
 * have started the agent. Returns whether post can look for it: only by an id that the step has chosen, because that of the server comes
 * with its answer.
 */
export function leaveStart(
  why: StopReason,
  { inputs, recorder, api }: Pick<ConnectedContext, 'inputs' | 'recorder' | 'api'>,
): boolean {
  if (inputAgainstStop(why, inputs.stopOn) !== undefined || !isUnfinished(recorder.record().unfinishedWork))
    return false;
  recorder.emit({ kind: 'left-to-post', left: { why, said: 'no-conversation' } });
  return !api.choosesIds;
}

/** Whether post must find out which run has started the agent, before it stops it. */
function mayBeOthers(why: StopReason, { unfinishedWork }: StepRecord): boolean {
  return STOPS[why].stops === 'own' && (unfinishedWork.kind === 'asked' || unfinishedWork.kind === 'pending');
}

/** Whether the agent may be at work for this step, or is stopped whoever it works for. */
function mustStop(why: StopReason, record: StepRecord): boolean {
  const { agent, unfinishedWork } = record;
  const { stops } = STOPS[why];
  if (stops === 'any') return true;
  const mayWorkForStep = isUnfinished(unfinishedWork);
  if (stops === 'own') return mayWorkForStep;
  // A message that may be on its way can start an agent that looks idle.
  if ('pendingWork' in unfinishedWork) return true;
  // The agent was seen: a limit is only reached after a look.
  return mayWorkForStep ? agent !== 'paused' && agent !== 'ended' : agent === 'at-work';
}
