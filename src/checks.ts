import { driven, drivingOf, type StepContext } from './context.ts';
import { ApiFailure } from './conversation/api.ts';
import { checkingOf } from './conversation/checking.ts';
import { type Check, type ChecksQuery, type ChecksReader, type Head, redIn } from './conversation/checks.ts';
import { isDeadline } from './conversation/clock.ts';
import type { Conversation, Ended, PersonMessage } from './conversation/conversation.ts';
import { whyUnanswered } from './conversation/follow-up-ends.ts';
import { followUpBehind } from './conversation/follow-up-stages.ts';
import type { Outcome, UncheckedEnd } from './conversation/outcome.ts';
import { type Plan, waitingBy } from './conversation/plan.ts';
import { firstLineOf, type NextRound, nextRound, othersRound, type Round } from './conversation/rounds.ts';
import { standingNow } from './conversation/standing.ts';
import { watch } from './conversation/watch.ts';
import type { ChecksOptions } from './inputs/checks.ts';
import { type FailedCheck, roundMessage } from './message/round.ts';
import { withSchema } from './message/schema.ts';
import { savePatchAgain } from './patch.ts';
import { numbersIn } from './report/pull-requests.ts';

/** Logs are long, and the first that failed tell most. */
const MOST_LOGS = 10;
/** So far the clocks of OpenHands and GitHub may be apart. */
const SKEW_MS = 60_000;

/**
 * Waits for the checks of the pull requests of an agent that is done, and sends red ones back to it, as often as is wished.
 *
 * @throws what breaks off a step, and what a conversation throws that is driven.
 */
export async function untilChecked(
  done: Ended,
  options: ChecksOptions,
  plan: Plan,
  context: StepContext,
): Promise<Outcome> {
  let awaited: string | undefined;
  for (let ended = done; ;) {
    const checked = await checkedOnce(ended, options, context);
    if (checked.status !== 'checks-failed' || options.mostRounds === 0) return checked;
    const next = await preparedRound(checked, awaited, options, context);
    if (next.kind === 'over') return because(checked, next.because);
    if (next.kind === 'theirs') awaited = next.firstLine;
    const answered =
      next.kind === 'theirs'
        ? await endOf(checked, plan, context)
        : await answerTo(next, checked, plan, context);
    const saved = await savePatchAgain(answered, context);
    if (saved.status !== 'finished') return saved;
    ended = saved;
  }
}

/** The end of an agent once its checks have settled. */
async function checkedOnce(ended: Ended, options: ChecksOptions, context: StepContext): Promise<Outcome> {
  const { world, inputs, recorder, deadlineAt } = context;
  recorder.emit({ kind: 'checking' });
  const query = queryOf(ended, options, context);
  if (query.named.length + query.answered.length === 0) return { ...ended, checks: 'none' };
  const plan = {
    startedAt: world.clock.now(),
    deadlineAt,
    longestMs: inputs.longestPollMs,
    random: world.random,
  };
  return driven(checkingOf(ended, query, plan), context);
}

/** The pull requests that may be the conversation's, all in one repository. */
function queryOf(
  { facts, result }: Ended,
  { repository }: ChecksOptions,
  { world: { clock, workflow }, startedAt }: StepContext,
): ChecksQuery {
  const isThere = facts.repository === undefined || isSame(facts.repository, repository);
  const named = isThere ? facts.pullRequests : [];
  const answered = numbersIn(result?.answer ?? '', repository, workflow.serverUrl);
  const began = facts.createdAt ?? clock.date().getTime() - (clock.now() - startedAt);
  return { named, answered: answered.filter((number) => !named.includes(number)), since: began - SKEW_MS };
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** A round with its message, or one of another step. */
type Prepared =
  | { readonly kind: 'theirs'; readonly firstLine: string }
  | (NextRound & { readonly kind: 'over' })
  | { readonly kind: 'message'; readonly round: Round; readonly message: string };

/**
 * The next round, by what the conversation shows of earlier ones; there is none if that cannot be had before the deadline.
 *
 * @param awaited the round of another step whose end was waited for already.
 */
async function preparedRound(
  { red, conversation }: UncheckedEnd,
  awaited: string | undefined,
  { mostRounds }: ChecksOptions,
  context: StepContext,
): Promise<Prepared> {
  const { inputs, api, signal, checks, recorder } = context;
  try {
    const { said } = await api.messages(conversation.id, signal);
    const { rounds } = recorder.record();
    const firstLine = othersRound(said, rounds);
    if (firstLine !== undefined && (firstLine !== awaited || (await isAtWork(conversation, context))))
      return { kind: 'theirs', firstLine };
    const next = nextRound(red, [...said, ...rounds.map(asMessage)], mostRounds);
    if (next.kind === 'over') return next;
    const { round } = next;
    const failed = await failedChecks(round.head, checks, signal);
    const message = roundMessage(firstLineOf(round), round.head.url, failed);
    const { outputSchema } = inputs;
    // The last answer is the one that counts.
    return { kind: 'message', round, message: outputSchema ? withSchema(message, outputSchema) : message };
  } catch (error) {
    if (isDeadline(error))
      return {
        kind: 'over',
        because: 'the deadline passed before the failed checks could be sent to the agent',
      };
    if (!(error instanceof ApiFailure)) throw error;
    return {
      kind: 'over',
      because: `the failed checks could not be sent to the agent: ${error.problem.because}`,
    };
  }
}

/** Whether the agent is at work: just after a message it may have shown its earlier end. */
async function isAtWork({ id }: Conversation, context: StepContext): Promise<boolean> {
  const standing = await standingNow(id, { ...drivingOf(context), emit: () => undefined });
  return standing.status === 'running';
}

/** The end of an agent that another step has sent a message. */
async function endOf(
  { conversation, facts }: UncheckedEnd,
  plan: Plan,
  context: StepContext,
): Promise<Outcome> {
  context.recorder.emit({ kind: 'others-round' });
  const watched = watch(conversation, context.world.clock.now());
  return driven(waitingBy(plan, { ...watched, facts }), context);
}

/** A round of this step as a message: stored events come late. */
function asMessage(round: Round): PersonMessage {
  return { id: '', text: firstLineOf(round) };
}

/** What is red of a head, with the ends of logs as far as they can be read. */
async function failedChecks(
  { checks }: Head,
  reader: ChecksReader | undefined,
  signal: AbortSignal,
): Promise<readonly FailedCheck[]> {
  const red = redIn(checks);
  const logged = red.filter(({ job }) => job !== undefined).slice(0, MOST_LOGS);
  const logEnd = async ({ job }: Check): Promise<string> => {
    if (reader === undefined || job === undefined) return '';
    try {
      return await reader.logEnd(job, signal);
    } catch (error) {
      if (error instanceof ApiFailure) return '';
      throw error;
    }
  };
  return Promise.all(
    red.map(async (check) => {
      const { name, conclusion, url } = check;
      const log = logged.includes(check) ? await logEnd(check) : '';
      return { name, conclusion, ...(url !== undefined && { url }), ...(log !== '' && { log }) };
    }),
  );
}

/** What comes of a round; a message that is not taken leaves things as they were. */
async function answerTo(
  { round, message }: Prepared & { readonly kind: 'message' },
  checked: UncheckedEnd,
  plan: Plan,
  context: StepContext,
): Promise<Outcome> {
  const { recorder } = context;
  const { conversation, facts } = checked;
  recorder.emit({ kind: 'round', round });
  const outcome = await driven(followUpBehind(conversation.id, message, facts, plan), context);
  if (recorder.record().rounds.at(-1)?.isDelivered) return outcome;
  return because(checked, `the failed checks could not be sent to the agent: ${whyUnanswered(outcome)}`);
}

/** The same end, with why it stays so. */
function because(checked: UncheckedEnd, reason: string): UncheckedEnd {
  const { problem } = checked;
  return { ...checked, problem: { ...problem, because: `${problem.because}; ${reason}` } };
}
