import { sessionOf, type StepContext } from '../context.ts';
import { ApiFailure } from '../conversation/api.ts';
import { isDeadline } from '../conversation/clock.ts';
import type { Conversation, Ended, PersonMessage } from '../conversation/conversation.ts';
import type { NotGreenEnd, Outcome } from '../conversation/outcome.ts';
import { sendTo, whyUnanswered } from '../conversation/send.ts';
import { currentOutcome, waitForEnd } from '../conversation/wait.ts';
import { savePatchAgain } from '../patch/patch.ts';
import { numbersIn } from '../report/pull-requests.ts';
import { withSchema } from '../schema/message.ts';
import { type Check, type ChecksQuery, type ChecksReader, type Head, redIn } from './head.ts';
import type { ChecksOptions } from './inputs.ts';
import { type FailedCheck, roundMessage } from './message.ts';
import { firstLineOf, type NextRound, nextRound, othersRound, type Round } from './rounds.ts';
import { settleChecks } from './settle.ts';

/** How many logs of failed checks the agent gets: logs are long, and the first failures say most. */
const MAX_LOGS = 10;
/** How far the clocks of OpenHands and GitHub may differ. */
const SKEW_MS = 60_000;

/**
 * Waits for the checks of a finished agent's pull requests, and sends red ones back to the agent, as often as the inputs allow.
 *
 * @throws an interruption.
 */
export async function untilChecked(
  done: Ended,
  options: ChecksOptions,
  context: StepContext,
): Promise<Outcome> {
  let awaited: string | undefined;
  for (let ended = done; ;) {
    const checked = await checkedOnce(ended, options, context);
    if (checked.status !== 'checks-failed' || options.mostRounds === 0) return checked;
    const next = await preparedRound(checked, awaited, options, context);
    if (next.kind === 'over') return withReason(checked, next.because);
    if (next.kind === 'of-other-step') awaited = next.firstLine;
    const answered =
      next.kind === 'of-other-step'
        ? await endOfOtherRound(checked, context)
        : await sendRound(next, checked, context);
    const saved = await savePatchAgain(answered, context);
    if (saved.status !== 'finished') return saved;
    ended = saved;
  }
}

/** Waits until the checks have settled, and returns the outcome. */
async function checkedOnce(ended: Ended, options: ChecksOptions, context: StepContext): Promise<Outcome> {
  context.recorder.emit({ kind: 'checking' });
  const query = queryOf(ended, options, context);
  if (query.named.length + query.answered.length === 0) return { ...ended, checks: 'none' };
  return settleChecks(ended, query, sessionOf(context));
}

/** Returns the pull requests that may be the conversation's, all in one repository. */
function queryOf(
  { facts, result }: Ended,
  { repository }: ChecksOptions,
  { world: { clock, workflow }, startedAt }: StepContext,
): ChecksQuery {
  const isThere = facts.repository === undefined || isSame(facts.repository, repository);
  const named = isThere ? facts.pullRequests : [];
  const answered = numbersIn(result?.answer ?? '', repository, workflow.gitHubUrl);
  const began = facts.createdAt ?? clock.date().getTime() - (clock.now() - startedAt);
  return { named, answered: answered.filter((number) => !named.includes(number)), since: began - SKEW_MS };
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** A round with its message, a round of another step, or why there are no more rounds. */
type Prepared =
  | { readonly kind: 'of-other-step'; readonly firstLine: string }
  | (NextRound & { readonly kind: 'over' })
  | { readonly kind: 'message'; readonly round: Round; readonly message: string };

/**
 * Prepares the next round, by the earlier rounds in the conversation. If these cannot be read before the deadline, there is none.
 *
 * @param awaited the first line of another step's round whose end this step has already waited for.
 */
async function preparedRound(
  { red, conversation }: NotGreenEnd,
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
      return { kind: 'of-other-step', firstLine };
    const next = nextRound(red, [...said, ...rounds.map(asMessage)], mostRounds);
    if (next.kind === 'over') return next;
    const { round } = next;
    const failed = await failedChecks(round.head, checks, signal);
    const message = roundMessage(firstLineOf(round), round.head.url, failed);
    const { outputSchema } = inputs;
    // The last answer counts, so that it must fit the schema, too.
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

/** Whether the agent is at work now: just after a message, it may still have shown the end of earlier work. */
async function isAtWork({ id }: Conversation, context: StepContext): Promise<boolean> {
  const outcome = await currentOutcome(id, { ...sessionOf(context), emit: () => undefined });
  return outcome.status === 'running';
}

/** Waits for the end of an agent to which another step has sent a message. */
async function endOfOtherRound({ conversation, facts }: NotGreenEnd, context: StepContext): Promise<Outcome> {
  context.recorder.emit({ kind: 'round-of-other-step' });
  const startedAt = context.world.clock.now();
  return waitForEnd({ conversation, startedAt, facts }, sessionOf(context));
}

/** Returns a round of this step as a message, because the stored messages may not contain it yet. */
function asMessage(round: Round): PersonMessage {
  return { id: '', text: firstLineOf(round) };
}

/** Returns the red checks of a head, with the ends of those logs that can be read. */
async function failedChecks(
  { checks }: Head,
  reader: ChecksReader | undefined,
  signal: AbortSignal,
): Promise<readonly FailedCheck[]> {
  const red = redIn(checks);
  const logged = red.filter(({ job }) => job !== undefined).slice(0, MAX_LOGS);
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

/** Sends a round's message and waits for the agent. If the message is not delivered, the outcome stays the same. */
async function sendRound(
  { round, message }: Prepared & { readonly kind: 'message' },
  checked: NotGreenEnd,
  context: StepContext,
): Promise<Outcome> {
  const { recorder } = context;
  const { conversation, facts } = checked;
  recorder.emit({ kind: 'round', round });
  const outcome = await sendTo({ id: conversation.id, message, facts }, sessionOf(context));
  if (recorder.record().rounds.at(-1)?.isDelivered) return outcome;
  return withReason(checked, `the failed checks could not be sent to the agent: ${whyUnanswered(outcome)}`);
}

/** Adds to an outcome why there are no more rounds. */
function withReason(checked: NotGreenEnd, reason: string): NotGreenEnd {
  const { problem } = checked;
  return { ...checked, problem: { ...problem, because: `${problem.because}; ${reason}` } };
}
