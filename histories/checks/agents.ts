import { canonicalId } from '../../simulator/ids.ts';
import { isAtWork } from '../../simulator/server/at-work.ts';
import type { Played } from '../play.ts';
import {
  costLimitOf,
  errorsOf,
  hasFault,
  isWaiting,
  putToWorkAt,
  type ToldLine,
  type ToldRequest,
  type ToldStep,
} from '../told.ts';
import {
  agentsOf,
  conversationsOf,
  costAt,
  deedTimes,
  isDeleted,
  mayBeAbout,
  toldId,
  workersOf,
} from '../truth.ts';
import { type Check, ofEachStep } from './violation.ts';

/** Words by which a step says that an agent may be at work. */
const SAYS =
  /may (?:still )?(?:continue|be working|run)|still (?:at work|working|running)|check at (?:GET )?\S+ whether the conversation runs|the agent continues|could not be paused|unknown whether/i;

/** No agent is at work in the end unless somebody asked for it, or a step says so. */
export const noAgentUnseen: Check = (played) =>
  workersOf(played)
    .filter(({ id }) => !isAsked(id, played) && !played.steps.some((step) => says(step, id)))
    .map(({ id, state }) => ({
      promise: 'no agent unseen',
      conversation: canonicalId(id),
      text: `an agent is at work in the end, and no step says so: ${JSON.stringify(state)}`,
    }));

function says(step: ToldStep, id: string): boolean {
  return mayBeAbout(step, id) && warningsOf(step).some((text) => SAYS.test(text));
}

/** Returns what a step says at its end: errors, warnings, and all that post says. */
function warningsOf({ lines }: ToldStep): readonly string[] {
  return lines
    .filter(({ kind, by, text }) => kind === 'error' || by === 'post' || text.startsWith('Warning: '))
    .map(({ text }) => text);
}

/** Whether somebody asked for the agent to go on: a person, who was the last to put it to work, or a step. */
function isAsked(id: string, played: Played): boolean {
  const { steps } = played;
  const lastAt = Math.max(-1, ...steps.filter((step) => mayBeAbout(step, id)).map(putToWorkAt));
  const isByPerson = deedTimes(played, id, 'resume', 'send').some((at) => at >= lastAt);
  return isByPerson || steps.some((step) => asks(step, id));
}

/** The ends at which `stop-on-timeout: false` leaves the agent alone: the deadline, and what hides what the agent does. */
const LEFT_ALONE: ReadonlySet<string> = new Set([
  'timed-out',
  'start-failed',
  'unreachable',
  'missing',
  'error',
  'invalid-output',
]);

/** Whether a step was not to wait, or not to stop its agent at the end that it had. */
function asks(step: ToldStep, id: string): boolean {
  const { inputs, outputs, cancelledAt } = step;
  const isCancel = cancelledAt !== undefined || step.main === 'killed';
  const isLeft =
    (isCancel && inputs['stop-on-cancel'] === 'false') ||
    (inputs['stop-on-timeout'] === 'false' && LEFT_ALONE.has(outputs['status'] ?? ''));
  if (isLeft) return mayBeAbout(step, id);
  return !isWaiting(step) && canonicalId(toldId(step)) === canonicalId(id) && outputs['status'] === 'running';
}

/** An agent that could be stopped is stopped: if nothing is in the way, it is not enough to say that it may continue. */
export const noAgentLeft: Check = (played) => {
  return workersOf(played)
    .filter(({ id, state }) => state.shown && !isAsked(id, played) && isFree(id, played))
    .map(({ id, state }) => ({
      promise: 'no agent left',
      conversation: canonicalId(id),
      text: `nothing was in the way, and an agent is at work in the end: ${JSON.stringify(state)}`,
    }));
};

/** Whether nothing kept the steps that know a conversation from stopping its agent. */
function isFree(id: string, { steps }: Played): boolean {
  return steps.every((step) => !mayBeAbout(step, id) || isUndisturbed(step));
}

/** For how long before the end of a step a fault may still be why its agent is not stopped, in seconds. */
const LATE = 60;

/** Whether nothing happened to a step near its end besides a cancel and wrong dates. */
function isUndisturbed({ requests, plan, endedAt }: ToldStep): boolean {
  const { kill, post } = plan;
  const isHarmless = (request: ToldRequest): boolean => !hasFailed(request) || request.at < endedAt - LATE;
  return kill === undefined && post.kill === undefined && post.isGone !== true && requests.every(isHarmless);
}

/** Whether a request has failed by a fault, or at a server that fails by itself. */
function hasFailed(request: ToldRequest): boolean {
  return hasFault(request) || (request.status ?? 0) >= 500;
}

/** Nobody else's agent is stopped. If a person has paused the sandbox that it shares, it is a step's fault only if that has paused it, too. */
export const neighborWorks: Check = ({ neighbor, deeds, steps, history }) => {
  if (neighbor === undefined || isAtWork(neighbor)) return [];
  const isPausedByPerson = history.server.isShared === true && deeds.some(({ what }) => what === 'pause');
  const pause = `/sandboxes/${neighbor.sandboxId}/pause`;
  const isPausedByStep = steps.some(({ requests }) => requests.some(({ target }) => target.endsWith(pause)));
  if (isPausedByPerson && !isPausedByStep) return [];
  const text = "somebody else's agent was stopped";
  return [{ promise: 'the neighbor works', conversation: canonicalId(neighbor.id), text }];
};

const ALARM = /may continue|had not started/;

/**
 * A step does not say that its agent may continue if nothing keeps it from reading that the agent has ended. One that is canceled before it has
 * looked at an agent that may be another run's leaves that to post, which says it.
 */
export const noFalseAlarm = ofEachStep('no false alarm', (step, played) => {
  const id = canonicalId(toldId(step));
  const [alarm] = errorsOf(step).filter((text) => ALARM.test(text));
  // A sandbox that is reported as broken may come back with its agent at work, as this one does.
  if (played.history.server.scenario === 'sandbox-busy') return [];
  if (alarm === undefined || !isUndisturbed(step) || hasLostMessage(step) || isTakenBack(step)) return [];
  const isIdle = [...step.atEnd, ...step.afterPost].every(
    (each) => canonicalId(each.id) !== id || !each.isAtWork,
  );
  return isIdle && isReadable(id, played)
    ? [`its agent was not at work, and it could have read that, but it said: "${alarm}"`]
    : [];
});

/** Whether a step that was canceled before its log told the state of an agent has said in post that this had ended, or was paused before. */
function isTakenBack({ lines, cancelledAt }: ToldStep): boolean {
  const hasLooked = lines.some(
    ({ by, text }) => by === 'main' && /^\[[\d:]+\] (?:Agent|Sandbox) /.test(text),
  );
  const says = ({ by, text }: ToldLine): boolean =>
    by === 'post' && /was no longer running|the conversation is paused/.test(text);
  return cancelledAt !== undefined && !hasLooked && lines.some(says);
}

/** Whether a start or a message of a step had a fault, or was sent as the step was canceled: it may still arrive, however long ago that was. */
function hasLostMessage({ requests, cancelledAt }: ToldStep): boolean {
  return requests.some(
    (request) =>
      request.method === 'POST' &&
      /\/(?:send-message|events|app-conversations|conversations)$/.test(request.target) &&
      (hasFailed(request) || request.at === cancelledAt),
  );
}

/** Whether the server shows the conversation of an id to the end, and what its agent does. V0 does not. */
function isReadable(id: string, played: Played): boolean {
  const isShown = conversationsOf(played, id).every(
    ({ state }) => state.version !== 'v0' && state.shown && READABLE.has(state.sandbox),
  );
  return isShown && !isDeleted(played, id);
}

/** The sandboxes whose agents can be read, or have been. */
const READABLE: ReadonlySet<string> = new Set(['RUNNING', 'PAUSED']);

/** In seconds: a server knows a cost up to half a minute late, and a step looks every half a minute. */
const LOOK = 75;

/** An agent that has cost the limit for long enough that the step could see it is paused, or the step says why it is not. */
export const budgetHolds = ofEachStep('the budget holds', (step, played) => {
  const limit = costLimitOf(step);
  const id = toldId(step);
  const hasLooked = step.main !== 'killed' || step.endedAt - step.startedAt >= LOOK;
  const [agent] = agentsOf(played, id);
  if (!hasLooked || agent === undefined || costAt(agent, played, step.endedAt - LOOK) < limit) return [];
  const isLeft = step.afterPost.some(
    (each) => canonicalId(each.id) === canonicalId(id) && each.isAtWork && each.cost >= limit,
  );
  if (!isLeft || warningsOf(step).some((text) => SAYS.test(text))) return [];
  return [
    `the conversation had cost ${limit} for ${LOOK} s, and its agent was at work after the step, which ended as ${step.outputs['status'] ?? step.main}`,
  ];
});
