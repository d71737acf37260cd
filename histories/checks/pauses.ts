import type { Played } from '../play.ts';
import { hasFault, type ToldRequest, type ToldStep } from '../told.ts';
import { agentsOf, eventsOf, toldId } from '../truth.ts';
import { ofEachStep } from './violation.ts';

/** The lines by which a step says that it lets a paused agent go on, and why, if nobody has paused it. */
const RESUMES = /^\[[\d:]+\] Resuming the conversation$/;
const RESTARTED = /^\[[\d:]+\] The server was restarted, which paused the agent/;

/**
 * A step lets a paused agent go on only if `on-paused` says so, if its key has found the agent paused, or after a restart of the server that
 * has paused it: not one that came after the step has seen the pause. A server that is killed just after somebody's pause, which no look has
 * shown, shows the same as one that was stopped.
 */
export const pausesStay = ofEachStep('a pause stays', (step, played) => {
  const { inputs, lines } = step;
  const { 'on-paused': onPaused = 'wait' } = inputs;
  const mayResume = onPaused === 'resume' || (onPaused === 'wait' && 'idempotency-key' in inputs);
  return lines.flatMap(({ at, text }) => {
    if (RESUMES.test(text) && !mayResume)
      return [`on-paused is ${onPaused}, and it resumes the conversation`];
    if (!RESTARTED.test(text)) return [];
    if (onPaused === 'fail') return ['on-paused is fail, and it lets the agent go on after a restart'];
    const stoppedAt = stopsBefore(at, played).at(-1) ?? killOfPausedBefore(at, step, played);
    if (stoppedAt === undefined) return ['it calls a pause that of a restart, and there was none'];
    return hasSeenPause(step, stoppedAt, played)
      ? ['it takes a pause that it had seen for that of a restart']
      : [];
  });
});

/** Returns when the agent servers were stopped before a time, oldest first. */
function stopsBefore(time: number, { deeds }: Played): readonly number[] {
  return deeds.flatMap(({ what, at }) => (what === 'stop agent servers' && at < time ? [at] : []));
}

/** Returns when the agent servers were last killed before a time, if the agent of a step was paused then. */
function killOfPausedBefore(time: number, step: ToldStep, played: Played): number | undefined {
  const kill = played.deeds.findLast(({ what, at }) => what === 'kill agent servers' && at < time);
  if (kill === undefined) return undefined;
  const wasPaused = agentsOf(played, toldId(step)).some(
    (agent) => pausedSince(kill.at, agent, played) !== undefined,
  );
  return wasPaused ? kill.at : undefined;
}

/** Returns since when an agent was paused just before a time; `undefined` if it was not. */
function pausedSince(time: number, agent: Played['agents'][number], played: Played): number | undefined {
  const newest = eventsOf(agent, played, 'agent-state').findLast(({ at }) => at < time);
  return newest?.happening.agent === 'paused' ? newest.at : undefined;
}

/** Whether the agent of a step was paused by somebody before a time, and the step has looked at it since. */
function hasSeenPause(step: ToldStep, time: number, played: Played): boolean {
  return agentsOf(played, toldId(step)).some((agent) => {
    const since = pausedSince(time, agent, played);
    if (since === undefined || stopsBefore(time, played).includes(since)) return false;
    return step.requests.some((each) => isLook(each) && each.at > since && each.at < time);
  });
}

/** Whether a request has shown the state of the agent. */
function isLook(request: ToldRequest): boolean {
  return (
    request.method === 'GET' &&
    request.target.includes('conversations?ids=') &&
    request.status === 200 &&
    !hasFault(request)
  );
}
