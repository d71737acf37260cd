import type { Runner } from '../github/runner.ts';
import type { HttpClient } from '../http/client.ts';
import type { Connection } from '../inputs/connection.ts';
import { detect } from '../openhands/detect.ts';
import { ApiFailure, ATTACH, type ConversationApi, START } from '../port/api.ts';
import type { Clock } from '../port/clock.ts';
import { type Facts, linkTo, NO_FACTS } from '../port/conversation.ts';
import { inputAgainstStop, Interruption, type StopInput, STOPS } from '../port/interruption.ts';
import type { Outcome } from '../port/outcome.ts';
import type { Pace } from '../port/pace.ts';
import { adviceToCheckStart } from '../port/problem.ts';
import type { LeftToPost, UnfinishedAgentWork, UnfinishedWork } from '../port/unfinished.ts';
import { stopWords } from '../report/interruption.ts';
import { duplicateNotPaused } from '../report/log-wait.ts';
import { problemIn } from '../report/problem.ts';
import { askWithin, tryWithTimeLimit } from '../session/ask.ts';
import { whyNotCloned } from '../session/clone.ts';
import type { Access } from '../session/session.ts';
import {
  IS_OTHERS,
  MAX_STOP_WHEN_GONE_MS,
  MAY_BE_OTHERS,
  stopAgent,
  type StopResult,
} from '../session/stop.ts';
import { findUnfinished } from '../start/unfinished-start.ts';
import { toError } from '../text/to-error.ts';
import { readCurrentOutcome } from '../wait/wait.ts';
import {
  ENDED_WITHOUT_CONVERSATION,
  endOfMain,
  type ReportContext,
  tryToReport,
  undone,
} from './post-report.ts';
import { interruptedOutcome, outcomeWithoutConversation } from './settle.ts';

/** Looks every two seconds, as the job waits for post, and without jitter: 0.5 is the middle. */
const PACE: Pace = { maxMs: 2_000, random: () => 0.5 };
/** How long to look at a conversation: longer than an unconfirmed state must last. */
const STATE_MS = 90_000;
/** How long the stop of an agent may take, with the look after it. */
const POST_STOP_MS = 30_000;
/** The least time for the look after a stop. */
const FACTS_MS = 2_000;
/** What main would have left for post, had it not been killed, which happens after a cancel. */
const KILLED: LeftToPost = { why: 'cancel', said: 'not-paused' };
/** The results of a stop that are no news if main has reported a pause: the agent was already paused, or has ended. */
const NO_NEWS: readonly StopResult['kind'][] = ['paused', 'unanswered', 'not-running'];
/** Never aborted: nothing cancels a clean-up. */
const NEVER = new AbortController().signal;

export interface CleanUpContext extends ReportContext {
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly connection: Connection;
}

/**
 * Does what `main` could not do, such as after a kill, or a cancel during a start: stops the agent that works for the step, and
 * reports the outcome in summary and comment. What it cannot do is a warning: the step already has its result.
 */
export async function cleanUp(state: UnfinishedWork, cleaning: CleanUpContext): Promise<void> {
  if (state.kind === 'over') return;
  if (state.kind === 'announced') {
    const where = "see the step's log";
    const end = endOfMain(state.status, ENDED_WITHOUT_CONVERSATION);
    await tryToReport(end, { mustWriteSummary: false, where }, cleaning);
    return;
  }
  const { api } = await detect(state.version, cleaning.http.withoutSpacing(), { hasKey: false }, NEVER);
  if (state.kind === 'unreported') await reportEnd(state, api, cleaning);
  else await stopAndReport(state, api, cleaning);
}

/**
 * Reports the end of a conversation, because main could not: only in the comment, if main has done the rest. No agent has to be stopped.
 */
async function reportEnd(
  { id, status, isUnsentByKey }: UnfinishedWork & { readonly kind: 'unreported' },
  api: ConversationApi,
  cleaning: CleanUpContext,
): Promise<void> {
  const end = await readCurrentEnd(id, api, cleaning).catch((error: unknown) =>
    unreadableEnd(id, toError(error).message, api),
  );
  // The comment itself says why the end could not be read.
  const failure = end.status === 'unreachable' ? end.problem.because : undefined;
  const where = whereToLook(end, api);
  const mustWriteSummary = status === undefined;
  const shown = endOfMain(status, end);
  await tryToReport(shown, { mustWriteSummary, where, failure, isUnsentByKey }, cleaning);
}

/** Stops the agent, if the inputs ask for that, and reports the outcome, if main has not. */
async function stopAndReport(
  state: UnfinishedAgentWork,
  api: ConversationApi,
  cleaning: CleanUpContext,
): Promise<void> {
  const end = await stopAndReadEnd(state, api, cleaning).catch((error: unknown) => {
    const { message } = toError(error);
    const unread = endAfterFailure(message, state, api);
    const why = undone('The agent may still be working', message, whereToLook(unread, api));
    cleaning.runner.warning(why);
    return unread;
  });
  if (end === 'reported') return;
  const where = whereToLook(end, api);
  const hasFailed = state.left?.why === 'failure';
  if (hasFailed && state.isReported) return;
  const shown = endOfMain(state.status, end, problemIn(end));
  // After a failure, main has written the summary, unless it was killed before that.
  const mustWriteSummary = !hasFailed || state.status === undefined;
  await tryToReport(shown, { mustWriteSummary, where, isUnsentByKey: state.isUnsentByKey }, cleaning);
}

function whereToLook({ conversation }: Outcome, api: ConversationApi): string {
  return conversation ? `see ${linkTo(conversation)}` : adviceToCheckStart(api);
}

/** Returns the outcome if the agent could not be stopped, or its conversation not be read. */
function endAfterFailure(because: string, state: UnfinishedAgentWork, api: ConversationApi): Outcome {
  return hasConversationIn(state) ? unreadableEnd(state.id, because, api) : notFoundEnd(state, api);
}

/** Whether main knew the conversation: it may have had yet to find out which run had started it. */
function hasConversationIn({ kind, left }: UnfinishedAgentWork): boolean {
  return kind === 'started' || (left !== undefined && left.said !== 'no-conversation');
}

/** Returns the outcome of a conversation that could not be read. */
function unreadableEnd(id: string, because: string, api: ConversationApi): Outcome {
  const conversation = api.conversation(id);
  const problem = { failedTo: ATTACH, because, advice: 'check whether the agent is still working' };
  return { kind: 'cut-short', status: 'unreachable', conversation, facts: NO_FACTS, problem };
}

/** Returns the outcome of a start whose conversation is not known. */
function notFoundEnd(state: UnfinishedAgentWork, api: ConversationApi): Outcome {
  return outcomeWithoutConversation(interruptionOf(state), {
    failedTo: START,
    before: 'before there was a conversation',
    advice: adviceToCheckStart(api),
  });
}

/** Returns why main has ended. What the state does not tell of that, the conversation does. */
function interruptionOf(
  { left: { why } = KILLED }: UnfinishedAgentWork,
  { repository, branch }: Facts = NO_FACTS,
): Interruption {
  if (why === 'failure') return new Interruption('cancel', 'the step has failed');
  return why === 'clone' && repository !== undefined
    ? new Interruption(why, whyNotCloned(repository, branch))
    : new Interruption(why);
}

/** Reads how the conversation has ended, or that it is paused or still runs. Tries for as long as there is time. */
async function readCurrentEnd(
  id: string,
  api: ConversationApi,
  { clock, runner }: Pick<CleanUpContext, 'clock' | 'runner'>,
): Promise<Outcome> {
  const hasNoTools = runner.input('tools').trim() === 'none';
  const deadlineAt = clock.now() + STATE_MS;
  let end = unreadableEnd(id, 'the deadline passed', api);
  const read = await askWithin(STATE_MS, { clock, signal: NEVER }, async (signal) => {
    const seen = await readCurrentOutcome(id, { api, clock, pace: PACE, deadlineAt, signal, hasNoTools });
    if (seen.status !== 'unreachable') return seen;
    end = seen;
    throw new ApiFailure(seen.problem);
  });
  return read ?? end;
}

/** What post has found: an outcome, or that main has reported all that there is to say. */
type Found = Outcome | 'reported';

/** Stops the agent, if the inputs ask for that, and returns what it has found. */
async function stopAndReadEnd(
  state: UnfinishedAgentWork,
  api: ConversationApi,
  cleaning: CleanUpContext,
): Promise<Found> {
  const { runner, clock, connection } = cleaning;
  const { why } = state.left ?? KILLED;
  const against = inputAgainstStop(why, connection.stopOn);
  if (against !== undefined) return leaveAtWork(against, state, api, cleaning);
  const found = await findUnfinished(state, { api, clock, signal: NEVER, emit: warningsTo(runner) });
  if (found === undefined) {
    runner.warning(
      `${howStepEnded(state)} while the conversation was starting: check at ${api.list} whether the conversation runs`,
    );
    return endAfterFailure('the server does not show it', state, api);
  }
  const { id, starter } = found;
  if (starter === 'another-run') {
    const link = linkTo(api.conversation(id));
    runner.notice(
      `The step was interrupted. Another run with the same idempotency-key owns the conversation: ${link}`,
    );
    return endInOthers(id, state, api, cleaning);
  }
  const mayBeOthers = starter === 'unknown' && STOPS[why].stops === 'own';
  return stopStarted({ id, mayBeOthers }, state, api, cleaning);
}

/**
 * Returns the end of a step whose conversation is another run's. After a kill of main, that is how the conversation stands. What main has
 * reported stays, unless it did not know the conversation: then it has left the summary to post.
 */
async function endInOthers(
  id: string,
  state: UnfinishedAgentWork,
  api: ConversationApi,
  cleaning: CleanUpContext,
): Promise<Found> {
  if (state.status === undefined) return readCurrentEnd(id, api, cleaning);
  if (state.isReported && hasConversationIn(state)) return 'reported';
  const facts = await readCurrentFacts(id, api, cleaning.clock, MAX_STOP_WHEN_GONE_MS);
  return endWith({ id, stopped: IS_OTHERS, facts }, state, api);
}

/** Logs why the agent is not stopped, and returns the outcome. */
async function leaveAtWork(
  input: StopInput,
  state: UnfinishedAgentWork,
  api: ConversationApi,
  { runner, clock }: CleanUpContext,
): Promise<Outcome> {
  runner.info(`The step was interrupted. The agent continues because ${input} is false: see ${api.list}`);
  if (state.kind !== 'started') return notFoundEnd(state, api);
  const facts = await readCurrentFacts(state.id, api, clock, MAX_STOP_WHEN_GONE_MS);
  return endWith({ id: state.id, stopped: { kind: 'at-work' }, facts }, state, api);
}

/** Stops the agent of a conversation, unless another run may have started it. Returns the same as {@link stopAndReadEnd}. */
async function stopStarted(
  { id, mayBeOthers }: { readonly id: string; readonly mayBeOthers: boolean },
  state: UnfinishedAgentWork,
  api: ConversationApi,
  { runner, clock }: CleanUpContext,
): Promise<Found> {
  const conversation = api.conversation(id);
  const pendingWork = state.kind === 'started' ? state.pendingWork : 'start';
  const { said, isGone } = state.left ?? KILLED;
  const allMs = isGone ? MAX_STOP_WHEN_GONE_MS : POST_STOP_MS;
  const endsAt = clock.now() + allMs;
  const limitMs = allMs - FACTS_MS;
  const stopped = mayBeOthers
    ? MAY_BE_OTHERS
    : await stopAgent(api, id, { clock, limitMs, signal: NEVER, pendingWork });
  const hasFailed = stopped.kind === 'not-stopped';
  // Nothing shows otherwise than main has reported: summary and comment stay, and only the log may get a line.
  const isReportTrue = said === 'paused' && state.isReported && !hasFailed;
  if (isReportTrue && NO_NEWS.includes(stopped.kind)) return 'reported';
  runner[hasFailed ? 'warning' : 'notice'](
    `${howStepEnded(state)}, and ${stopWords(stopped)}: ${linkTo(conversation)}`,
  );
  if (isReportTrue) return 'reported';
  const facts = await readCurrentFacts(id, api, clock, Math.max(FACTS_MS, endsAt - clock.now()));
  return endWith({ id, stopped, facts }, state, api);
}

/** Returns the end of a step that main has left, with what has become of its agent. */
function endWith(
  { id, stopped, facts }: { readonly id: string; readonly stopped: StopResult; readonly facts: Facts },
  state: UnfinishedAgentWork,
  api: ConversationApi,
): Outcome {
  const interruption = interruptionOf(state, facts);
  const isStart = state.left?.said === 'no-conversation';
  return interruptedOutcome({ interruption, conversation: api.conversation(id), stopped, facts }, isStart);
}

/** Warns of a duplicate start that the search has found and could not pause. */
function warningsTo(runner: Runner): Access['emit'] {
  return (event) => {
    if (event.kind === 'note' && event.about === 'duplicate')
      runner.warning(duplicateNotPaused(event.sandbox));
  };
}

function howStepEnded({ left }: UnfinishedAgentWork): string {
  return STOPS[(left ?? KILLED).why].isFailure ? 'The step has failed' : 'The step was interrupted';
}

/** Reads the current facts of the conversation, because its summary and comment are written again. */
async function readCurrentFacts(
  id: string,
  api: ConversationApi,
  clock: Clock,
  limitMs: number,
): Promise<Facts> {
  const looks = await tryWithTimeLimit(limitMs, { clock, signal: NEVER }, async (signal) =>
    api.look([id], signal),
  );
  return looks?.[0]?.facts ?? NO_FACTS;
}
