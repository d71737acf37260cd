import { logBug } from './bug.ts';
import {
  ApiFailure,
  type Assignment,
  type ConversationApi,
  type Errand,
  START,
  TAKE_UP,
} from './conversation/api.ts';
import { Interruption } from './conversation/clock.ts';
import { type Conversation, NO_FACTS, type Sighting } from './conversation/conversation.ts';
import { drive, type Driving } from './conversation/drive.ts';
import { deliver, untilBegun, untilListed } from './conversation/follow-up.ts';
import { untilKeyed } from './conversation/keyed.ts';
import type { Outcome } from './conversation/outcome.ts';
import { DOUBT_MS } from './conversation/pace.ts';
import type { Problem } from './conversation/problem.ts';
import type { Waiting } from './conversation/stages.ts';
import { untilStarted } from './conversation/start.ts';
import { stopAgent } from './conversation/stop.ts';
import { advanceWaiting, waitingFor } from './conversation/waiting.ts';
import { type Watch, watch } from './conversation/watch.ts';
import type { Inputs } from './inputs.ts';
import type { Work } from './inputs/work.ts';
import { begin, beginKeyed, open } from './openhands/begin.ts';
import { type Beginning, broken, brokenOff, withoutConversation } from './report/interruption.ts';
import { beginOptions, type Stage, startOptions, waitOptions } from './stage.ts';
import type { Interrupted } from './step-event.ts';
import { thrown } from './text/thrown.ts';

/** How long stopping the agent may take: a cancelled step has little time, after a deadline nobody ends it. */
const STOP_MS = { cancel: 4_000, deadline: 30_000 } as const;

/** A server lists a conversation about half a second after its start. */
const ONCE_MORE_MS = 2_000;

/** How a step ends; `left` if `post` is to stop its agent, and why main could not. */
export interface End {
  readonly outcome: Outcome;
  readonly left?: Interrupted;
}

/** A conversation that exists, and what this step has to do with it. */
interface Underway {
  readonly api: ConversationApi;
  readonly conversation: Conversation;
  readonly role:
    /** This step asked for it. */
    | { readonly kind: 'started' }
    /** Another run with the same idempotency key did: earlier if it was found, else at the same moment. */
    | { readonly kind: 'attached'; readonly isFound: boolean }
    /** It was there, and this step has something to say. */
    | { readonly kind: 'follow-up'; readonly message: string; readonly sighting: Sighting }
    /** It was there, and this step looks on. */
    | { readonly kind: 'observer'; readonly sighting: Sighting };
}

/** Has a conversation with the agent: begins it or takes it up, and waits for its end where that is asked for. */
export async function converse(inputs: Inputs, stage: Stage): Promise<End> {
  const { recorder, world } = stage;
  let underway: Underway | NotThere;
  try {
    underway = await (inputs.work.kind === 'start'
      ? start(inputs.work, inputs, stage)
      : takeUp(inputs.work, inputs, stage));
  } catch (error) {
    logBug(error, world.runner);
    const why = whyEnded(error, stage);
    // A start that was under way when the step was broken off is left to post.
    const isLeft = why instanceof Interruption && inputs.stopOn[why.kind];
    const { leftover } = recorder.record();
    // V0 tells nobody what came of a start.
    const isFollowed = isLeft && leftover.step !== 'over' && leftover.version !== 'v0';
    const outcome = withoutConversation(why, beginningOf(inputs, isFollowed));
    return { outcome, ...(isLeft && { left: why.kind }) };
  }
  if ('status' in underway) return { outcome: underway };
  const { api, conversation, role } = underway;
  recorder.tell({ kind: 'api', version: api.version });
  // What is known of the conversation goes out before any waiting for the agent: a kill later loses nothing.
  recorder.tell({ kind: 'found', conversation, role: role.kind });
  try {
    return { outcome: await untilOutcome(underway, inputs, stage) };
  } catch (error) {
    logBug(error, world.runner);
    return interrupted(error, underway, inputs, stage);
  }
}

/** A step that is broken off is that, whatever fails in its last seconds; but what a server refused before a deadline is told. */
function whyEnded(error: unknown, { signal }: Stage): unknown {
  const reason: unknown = signal.reason;
  const isCancel = reason instanceof Interruption && reason.kind === 'cancel';
  const mayHaveActed = error instanceof ApiFailure && error.mayHaveActed;
  return signal.aborted && (isCancel || mayHaveActed) ? reason : error;
}

/** What people are told where a step ends before it knows what the server has done. */
function beginningOf({ baseUrl, work }: Inputs, isFollowed: boolean): Beginning {
  const list = `${baseUrl}/conversations`;
  return work.kind === 'start'
    ? {
        failedTo: START,
        before: `before there was a conversation${isFollowed ? "; after the job's steps it is looked for, and its agent paused" : ''}`,
        todo: `see at ${list} whether the conversation was started all the same`,
      }
    : {
        failedTo: TAKE_UP,
        before: 'before the server told of it',
        todo: `see ${list}/${work.id}, of which nothing was asked`,
      };
}

async function start(
  { assignment, key }: Work & { readonly kind: 'start' },
  inputs: Inputs,
  stage: Stage,
): Promise<Underway> {
  const { world } = stage;
  if (key !== undefined) return startKeyed(assignment, key, inputs, stage);
  const id = world.newId();
  const { api, progress } = await begin(assignment, id, beginOptions(inputs, stage));
  const conversation = await untilStarted({ id }, progress, startOptions(api, inputs, stage));
  return { api, conversation, role: { kind: 'started' } };
}

async function startKeyed(
  assignment: Assignment,
  key: string,
  inputs: Inputs,
  stage: Stage,
): Promise<Underway> {
  const { tell } = stage.recorder;
  const begun = await beginKeyed(assignment, key, beginOptions(inputs, stage));
  const { api, id, progress, answered } = begun;
  const options = startOptions(api, inputs, stage);
  if (begun.reused) {
    const conversation = await untilStarted({ id, isShared: true }, progress, options);
    return { api, conversation, role: { kind: 'attached', isFound: true } };
  }
  const task = answered && progress.kind === 'pending' ? progress.task : undefined;
  const { conversation, reused, honored, left } = await untilKeyed(id, task, progress, options);
  left.forEach((sandbox) => {
    tell({ kind: 'duplicate-left', sandbox });
  });
  if (reused) return { api, conversation, role: { kind: 'attached', isFound: false } };
  if (!honored) tell({ kind: 'key-ignored' });
  return { api, conversation, role: { kind: 'started' } };
}

async function takeUp(
  { id, message }: Work & { readonly kind: 'continue' },
  inputs: Inputs,
  stage: Stage,
): Promise<Underway | NotThere> {
  const { world, signal } = stage;
  const { http, version } = beginOptions(inputs, stage);
  const { api, sighting: first } = await open(http, version, id, signal);
  // A new one may not be listed yet; who neither waits nor has something to lose looks once more.
  const ms = inputs.poll || message !== undefined ? DOUBT_MS : ONCE_MORE_MS;
  const sighting = await untilListed(api, id, first, { clock: world.clock, signal, ms });
  if (sighting === undefined) return notThere(id);
  const conversation = { id, url: api.page(id) };
  return {
    api,
    conversation,
    role: message === undefined ? { kind: 'observer', sighting } : { kind: 'follow-up', message, sighting },
  };
}

/** The outcome if there is no such conversation, as far as the server tells. */
type NotThere = Outcome & { readonly status: 'missing'; readonly conversation?: undefined };

function notThere(id: string): NotThere {
  const problem: Problem = {
    failedTo: TAKE_UP,
    because: `the server lists no conversation ${id}`,
    todo: 'check conversation-id and base-url, and that api-key is of the account that has the conversation',
    kind: 'not-found',
  };
  return { status: 'missing', problem };
}

async function untilOutcome(underway: Underway, inputs: Inputs, stage: Stage): Promise<Outcome> {
  const { api, conversation, role } = underway;
  const { recorder, startedAt } = stage;
  // The answer to its start may have come after the cancel or the deadline.
  stage.signal.throwIfAborted();
  const options = waitOptions(api, inputs, stage);
  const running = (): Outcome => ({ status: 'running', conversation, facts: recorder.record().facts });
  const watched = watch(conversation, startedAt);
  const polled = async (until: Watch): Promise<Outcome> =>
    inputs.poll ? waitFor(until, options, underway, inputs, stage) : running();
  const looked = async (first?: Sighting, seen = watched): Promise<Outcome> =>
    lived(waitingFor(seen, { onPaused: 'wait', untilEnd: false }), options, first);
  switch (role.kind) {
    case 'started':
      return polled(watched);
    case 'attached':
      return inputs.poll ? polled(watched) : looked();
    case 'observer':
      if (!inputs.poll) return looked(role.sighting, unlessGone(watched, role.sighting));
      return polled(watched);
    case 'follow-up': {
      const said = await say(role, underway, stage);
      if ('outcome' in said) return said.outcome;
      if (!inputs.poll) await untilBegun(api, conversation.id, { ...stage, clock: stage.world.clock });
      return polled(said.watched);
    }
  }
}

/** Who does not wait is told at once that the sandbox is gone, and not after the minute of a doubt. */
function unlessGone(watched: Watch, { state }: Sighting): Watch {
  const isGone = state.kind === 'doubtful' && state.ending === 'missing';
  return isGone ? { ...watched, doubtfulSince: Number.NEGATIVE_INFINITY } : watched;
}

/** Sends the message, and watches from then on; or the outcome where it did not get to an agent. */
async function say(
  { message, sighting }: Underway['role'] & { readonly kind: 'follow-up' },
  { api, conversation }: Underway,
  { world, recorder: { tell }, signal }: Stage,
): Promise<{ readonly watched: Watch } | { readonly outcome: Outcome }> {
  const { id } = conversation;
  const { facts = NO_FACTS } = sighting;
  const gone = (phase: string): { readonly outcome: Outcome } => ({
    outcome: { status: 'missing', conversation, phase, facts },
  });
  const errand: Errand = {
    onAsk: () => {
      tell({ kind: 'sending' });
    },
    onRefused: () => {
      tell({ kind: 'refused' });
    },
  };
  try {
    const mark = await api.mark(id, signal);
    const delivery = await deliver(api, { id, message, mark }, errand, { clock: world.clock, signal });
    if (delivery.kind === 'gone') return gone(delivery.reason);
    tell({ kind: 'delivered' });
    return { watched: watch(conversation, world.clock.now(), mark) };
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    return { outcome: { status: 'start-failed', conversation, facts, problem: error.problem } };
  }
}

async function waitFor(
  watched: Watch,
  options: Driving,
  underway: Underway,
  { onPaused, trajectoryFile }: Inputs,
  stage: Stage,
): Promise<Outcome> {
  const { role } = underway;
  // An earlier step has paused at its deadline or cancel what a key finds paused: nobody else would resume it.
  const isLeft = role.kind === 'attached' && role.isFound && onPaused === 'wait';
  const waiting = waitingFor(watched, {
    onPaused,
    untilEnd: true,
    ...(isLeft && { onFoundPaused: 'resume' }),
  });
  const outcome = await lived(waiting, options);
  if (trajectoryFile !== undefined && 'phase' in outcome)
    await saveTrajectory(trajectoryFile, underway, stage);
  return outcome;
}

/** What becomes of one conversation. */
async function lived(waiting: Waiting, driving: Driving, first?: Sighting): Promise<Outcome> {
  const { tell, next } =
    first === undefined
      ? { tell: [], next: waiting }
      : advanceWaiting(waiting, { look: first }, driving.clock.now());
  tell.forEach(driving.tell);
  if ('status' in next) return next;
  const { value: outcome } = await drive([next], driving).next();
  if (outcome === undefined) throw new Error('the wait ended without an end');
  return outcome;
}

/** The end is known: that its trajectory cannot be had, not in time or not before a cancel, does not change it. */
async function saveTrajectory(
  path: string,
  { api, conversation }: Underway,
  { world, recorder: { tell }, signal }: Stage,
): Promise<void> {
  try {
    await api.trajectory(
      conversation.id,
      async (pieces) => world.save(path, pieces, world.workflow.roots),
      signal,
    );
    tell({ kind: 'trajectory-saved', path });
  } catch (error) {
    const because = error instanceof ApiFailure ? error.problem.because : thrown(error).message;
    tell({ kind: 'trajectory-missing', because });
  }
}

/** What became of a step whose wait broke or was broken off. */
async function interrupted(
  error: unknown,
  { api, conversation, role }: Underway,
  inputs: Inputs,
  { world, recorder, late }: Stage,
): Promise<End> {
  const { leftover, agent, facts } = recorder.record();
  if (!(error instanceof Interruption)) return { outcome: broken(error, conversation, facts) };
  // What another run has started is that run's to stop.
  const isOurs = leftover.step === 'started';
  if (!isOurs || !inputs.stopOn[error.kind]) {
    const isUnsent = role.kind === 'follow-up' && !isOurs;
    return { outcome: brokenOff(error, conversation, { kind: isUnsent ? 'unsent' : SEEN[agent] }, facts) };
  }
  recorder.tell({ kind: 'stopping' });
  const stopped = await stopAgent(api, conversation.id, {
    clock: world.clock,
    limitMs: STOP_MS[error.kind],
    signal: late,
    called: leftover.called,
  });
  // What main could not do, post tries once more.
  const isLeft = stopped.kind === 'not-stopped' || stopped.kind === 'asleep';
  return { outcome: brokenOff(error, conversation, stopped, facts), ...(isLeft && { left: error.kind }) };
}

/** What is known of an agent that nobody stops. */
const SEEN = {
  'at-work': 'goes-on',
  paused: 'asleep',
  'at-rest': 'not-running',
  unknown: 'unknown',
} as const;
