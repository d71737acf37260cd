import { sendNext, whyUnanswered } from '../continue/send.ts';
import { queryOf } from '../github/agent-pull-requests.ts';
import { catchGitHubFailure, GitHubFailure } from '../github/failure.ts';
import type { ChecksOptions } from '../inputs/checks.ts';
import { composeMessage, type MessageParts } from '../message/agent-message.ts';
import { ApiFailure } from '../port/api.ts';
import { plainDraft } from '../port/assignment.ts';
import { linkTo } from '../port/conversation.ts';
import type { Role } from '../port/events.ts';
import { isDeadline } from '../port/interruption.ts';
import type { ChecksNotPassed, Outcome, Succeeded } from '../port/outcome.ts';
import type { Problem } from '../port/problem.ts';
import { lastNamedPullRequests } from '../text/named-pull-requests.ts';
import { recordEarlierAnswers } from '../wait/answer.ts';
import { readCurrentOutcome, waitFor, waitIfBegun } from '../wait/wait.ts';
import { type Check, type HeadWithChecks, redCheckNames, redChecks, type Round } from './head.ts';
import {
  type FailedCheck,
  firstLineOf,
  nextRound,
  type NoRound,
  noRound,
  roundMessage,
  roundOfOtherStep,
} from './rounds.ts';
import { type ChecksWait, waitForChecks } from './wait.ts';

export type { ChecksEvent, HeadWithChecks, Round } from './head.ts';
export { findMissingPermission, PREPARE } from './permission.ts';

/** The most failed checks whose logs the agent gets: logs are long, and the first failures say most. */
const MAX_LOGS = 10;

/** What the wait for checks reads in the step's record. */
interface ChecksRecord {
  readonly role?: Role;
  /** The agent's answers as far as they were read, newest first. */
  readonly answers: readonly string[];
  /** The rounds of this step so far. */
  readonly rounds: readonly Round[];
}

export interface ChecksContext extends ChecksWait {
  readonly record: () => ChecksRecord;
  readonly options: ChecksOptions;
  /** What is asked of each answer, as any may be the last. */
  readonly asked: Pick<MessageParts, 'schema' | 'asksForResult'>;
  /** Called after each answer of the agent. Returns the outcome. */
  readonly afterAnswer: (outcome: Outcome) => Promise<Outcome>;
}

/**
 * Waits for the checks of a finished agent's pull requests, and sends red ones back to the agent, as often as the inputs allow.
 *
 * @param context absent if the inputs do not ask for that.
 * @throws an interruption.
 */
export async function waitForGreenChecks(
  done: Outcome,
  context: ChecksContext | undefined,
): Promise<Outcome> {
  // An agent that is not done, or may not be, has nothing to check.
  if (context === undefined || done.status !== 'finished') return done;
  const { session, options, source, record, emit } = context;
  emit({ kind: 'checking' });
  await recordEarlierAnswers(done, record().role, session);
  // The first lines of other steps' rounds that this step has waited for.
  const awaited = new Set<string>();
  for (let ended = done; ;) {
    const named = lastNamedPullRequests(record().answers, options.repository, source.gitHubUrl);
    const query = queryOf(ended.facts, named, options.repository, session);
    if (query.pulls.length === 0) return withoutPullRequest(ended);
    const wait = await waitForChecks(ended, query, context);
    if (wait.kind === 'over') return wait.outcome;
    const failed = failedOutcome(ended, wait.heads);
    if (options.maxRounds === 0) return failed;
    const answer = await answerToRed(failed, wait.heads, awaited, context);
    if (answer.kind === 'none') return failedOutcome(ended, wait.heads, answer);
    const next = await context.afterAnswer(answer);
    if (next.status !== 'finished') return next;
    ended = next;
    emit({ kind: 'checking' });
  }
}

/** Returns the outcome if no pull request is known: the events that were not read may name one. */
function withoutPullRequest(ended: Succeeded): Succeeded | ChecksNotPassed {
  if (ended.storedEnd?.complete === true) return { ...ended, checks: 'none' };
  const problem: Problem = {
    failedTo: 'read which pull requests the agent has opened',
    because: 'the last events of its conversation did not arrive, although the agent is done',
    advice: `see them at ${linkTo(ended.conversation)}`,
    kind: 'server',
  };
  return { ...ended, kind: 'checks-not-passed', status: 'unreachable', checks: 'pending', problem };
}

/** Returns the outcome of red checks. `unsent`: why the agent did not get them; absent if it was not to get them. */
function failedOutcome(ended: Succeeded, red: readonly HeadWithChecks[], unsent?: NoRound): ChecksNotPassed {
  const failed = red.map(
    (head) => `checks of #${head.pullRequest} at ${head.commit.slice(0, 7)} failed: ${redCheckNames(head)}`,
  );
  const problem: Problem = {
    failedTo: 'get the checks to pass',
    because: [...failed, ...(unsent ? [unsent.because] : [])].join('; '),
    advice: `push a fix: ${red.map(({ url }) => url).join(', ')}`,
    kind: 'checks',
  };
  return { ...ended, kind: 'checks-not-passed', status: 'checks-failed', checks: 'failed', problem };
}

/**
 * Sends red checks to the agent and waits for its answer. If another step has sent a round, waits for the answer to that instead. Returns
 * the outcome, or why the agent gets no round.
 */
async function answerToRed(
  failed: ChecksNotPassed,
  red: readonly HeadWithChecks[],
  awaited: Set<string>,
  context: ChecksContext,
): Promise<Outcome | NoRound> {
  const { emit, record } = context;
  // If the budget is spent by then, the outcome still has the result of these checks.
  const session = { ...context.session, before: failed };
  const { facts } = failed;
  const { id } = failed.conversation;
  const plan = await planRound(id, red, awaited, context);
  switch (plan.kind) {
    case 'none':
      return plan;
    case 'wait':
      awaited.add(plan.firstLine);
      emit({ kind: 'round-of-other-step' });
      return waitFor({ kind: 'found', id, startedAt: session.clock.now(), facts }, session);
    case 'send': {
      const { round, message } = plan;
      const announce = (): void => {
        emit({ kind: 'round', round });
      };
      const sent = await sendNext({ id, message: plainDraft(message), facts, announce }, session);
      const outcome = await waitIfBegun(sent, session);
      // The record sets `isDelivered` at the event `delivered`.
      const why = record().rounds.at(-1)?.isDelivered ? undefined : whyUnanswered(outcome);
      return why === undefined ? outcome : noRound(`${ROUND_NOT_SENT}: ${why}`);
    }
  }
}

const ROUND_NOT_SENT = 'the failed checks could not be sent to the agent';

/** What to do about red checks. */
type RoundPlan =
  | NoRound
  /** Another step has sent red checks in a message that begins with this line: its round must end first. */
  | { readonly kind: 'wait'; readonly firstLine: string }
  | { readonly kind: 'send'; readonly round: Round; readonly message: string };

/** Decides what to do about red checks. `awaited`: the first lines of other steps' rounds that this step has waited for. */
async function planRound(
  id: string,
  red: readonly HeadWithChecks[],
  awaited: ReadonlySet<string>,
  context: ChecksContext,
): Promise<RoundPlan> {
  const { session, options, asked, redact } = context;
  const own = context.record().rounds;
  try {
    const { said } = await session.api.readMessages(id, session.signal);
    const firstLine = roundOfOtherStep(said, own);
    // Waits at least once for each round of another step: the server may still show the end of the work before that round.
    if (firstLine !== undefined && (!awaited.has(firstLine) || (await isAtWorkOrPaused(id, context))))
      return { kind: 'wait', firstLine };
    // The stored messages may not contain this step's own yet.
    const messages = [...said, ...own.map((round) => ({ id: '', text: firstLineOf(round) }))];
    const round = nextRound(red, messages, options.maxRounds);
    if ('because' in round) return round;
    const failed = await readFailedChecks(round.head, context);
    const task = roundMessage(firstLineOf(round), round.head.url, failed);
    return { kind: 'send', round, message: redact(composeMessage({ task, ...asked })) };
  } catch (error) {
    if (isDeadline(error))
      return noRound('the deadline passed before the failed checks could be sent to the agent');
    if (!(error instanceof ApiFailure)) throw error;
    return noRound(`${ROUND_NOT_SENT}: ${error.problem.because}`);
  }
}

async function isAtWorkOrPaused(id: string, { session }: ChecksContext): Promise<boolean> {
  const { status } = await readCurrentOutcome(id, session);
  return status === 'running' || status === 'paused';
}

/** Returns the red checks of a head, the first ones with the ends of their logs, if those can be read. */
async function readFailedChecks(
  { checks }: HeadWithChecks,
  { source, redact }: ChecksContext,
): Promise<readonly FailedCheck[]> {
  const readLogEnd = async ({ job }: Check, index: number): Promise<string> => {
    if (job === undefined || index >= MAX_LOGS) return '';
    const log = await catchGitHubFailure(source.github.readJobLog(source.repository, job));
    return log instanceof GitHubFailure ? '' : redact(log);
  };
  const red = redChecks(checks);
  return Promise.all(red.map(async (check, index) => ({ ...check, log: await readLogEnd(check, index) })));
}
