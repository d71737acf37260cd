import {
  type CorrectionContext,
  type CorrectionEvent,
  type CorrectionRecord,
  requireAnswer,
} from '../continue/correction.ts';
import { findAgentPullRequests, queryOf, unreadWords } from '../github/agent-pull-requests.ts';
import { catchGitHubFailure, GitHubFailure, lacksRight } from '../github/failure.ts';
import type { GitHub } from '../github/octokit.ts';
import type { ResultOptions } from '../inputs/result.ts';
import { asksForResult, composeMessage } from '../message/agent-message.ts';
import type { PersonMessage } from '../port/conversation.ts';
import { beganEarlier } from '../port/events.ts';
import { hasAgentEnded, type Outcome, type Succeeded } from '../port/outcome.ts';
import type { Problem } from '../port/problem.ts';
import type { Tools } from '../session/session.ts';
import { lastNamedPullRequests } from '../text/named-pull-requests.ts';
import { singleLine } from '../text/safe.ts';
import { recordEarlierAnswers } from '../wait/answer.ts';
import { GET_DONE, type Result, type ResultEvent, resultOf } from './words.ts';

const MAX_REASON_CHARACTERS = 500;
const NO_LINE = 'the agent did not say whether it is done';
/** Read from stored messages: an older wording must stay known (`stored-messages.test.ts`). */
const REPEAT =
  'Your last answer lacks the line at its end that says whether the task is done. Do no other work: repeat that answer, with the line.';

/** Whether a message asks for the last answer again, with the line that it lacks. */
export function asksToRepeat(message: string): boolean {
  return message.startsWith(REPEAT);
}

/** What the judgement of the result reads in the step's record. */
interface ResultRecord extends CorrectionRecord {
  /** The agent's answers as far as they were read, newest first. */
  readonly answers: readonly string[];
  /** The rounds in which this step has sent red checks back. */
  readonly rounds: readonly unknown[];
  /** Whether the step has asked the agent for another answer. */
  readonly hasCorrected: boolean;
}

export interface ResultContext
  extends Tools<ResultEvent | CorrectionEvent, ResultRecord>, Pick<CorrectionContext, 'stepTag'> {
  readonly options: ResultOptions;
  readonly github: GitHub;
  /** GitHub's URL, without a trailing slash. */
  readonly gitHubUrl: string;
}

/**
 * Judges an agent that has succeeded by the last line of its answer and, if the inputs ask for that, by its pull requests. Without
 * the line, asks the agent once in a step for another answer. An agent that was never asked for the line is judged only by its pull
 * requests.
 *
 * @param context absent if the inputs do not ask for a result.
 * @throws an interruption; {@link ApiFailure} if it cannot be found out what the agent was asked.
 */
export async function requireResult(ended: Outcome, context: ResultContext | undefined): Promise<Outcome> {
  if (context === undefined || ended.kind !== 'succeeded') return ended;
  // Only without the line must the step know what the agent was asked.
  const mustRead = statedResultOf(ended) === undefined && !hasAsked(context.record());
  const said = mustRead ? await readSaid(ended, context) : undefined;
  if (said !== undefined && wasNeverAsked(ended, said)) {
    context.emit({ kind: 'result-not-asked' });
    return requirePullRequest(ended, context);
  }
  const rule = {
    name: 'require-result',
    isCorrection: asksToRepeat,
    check: async (answer: string | undefined) =>
      Promise.resolve(resultOf(answer ?? '') ?? { problems: [NO_LINE] }),
    failedTo: GET_DONE,
    advice: 'read in the answer what is left to do',
    ...(!context.record().hasCorrected && {
      correctionOf: () => composeMessage({ task: REPEAT, asksForResult: true }),
    }),
  } as const;
  const judged = await requireAnswer<Result>(ended, rule, context, said);
  if (!('found' in judged)) return judged;
  const { found } = judged;
  return found.kind === 'done'
    ? requirePullRequest(judged.ended, context)
    : notDone(judged.ended, blockedBy(found.reason, context), {
        advice: 'remove what blocks the agent',
        next: 'go-on',
      });
}

/** Whether this step has sent the agent a message that asks for the line. */
function hasAsked({ role, rounds }: ResultRecord): boolean {
  return !beganEarlier(role) || rounds.length > 0;
}

/** Whether no message has asked for the line. That is known only if all up to the end is stored, with the message that the agent began with. */
function wasNeverAsked({ storedEnd }: Succeeded, said: readonly PersonMessage[]): boolean {
  return (
    storedEnd?.complete === true && said.length > 0 && !said.some(({ text = '' }) => asksForResult(text))
  );
}

/** Whether the newest answer of an outcome says that the agent is blocked. */
export function isBlocked(outcome: Outcome): boolean {
  return statedResultOf(outcome)?.kind === 'blocked';
}

/** Returns the result at the end of the newest answer; `undefined` if there is none. */
function statedResultOf(outcome: Outcome): Result | undefined {
  return hasAgentEnded(outcome) ? resultOf(outcome.storedEnd?.answer ?? '') : undefined;
}

async function readSaid(
  { conversation }: Succeeded,
  { session }: ResultContext,
): Promise<readonly PersonMessage[]> {
  return (await session.api.readMessages(conversation.id, session.signal)).said;
}

function blockedBy(reason: string, { redact }: Pick<ResultContext, 'redact'>): string {
  // A secret that is cut off would no longer be found.
  const shown = singleLine(redact(reason), MAX_REASON_CHARACTERS);
  return shown === '' ? 'the agent is blocked, and gives no reason' : `the agent is blocked: ${shown}`;
}

/** Fails a done task that lacks its pull request. Changes nothing if none is needed, or GitHub does not answer. */
async function requirePullRequest(ended: Succeeded, context: ResultContext): Promise<Outcome> {
  const { options, session, github, gitHubUrl, record, emit } = context;
  const { repository } = options;
  if (repository === undefined) return ended;
  await recordEarlierAnswers(ended, record().role, session);
  const named = lastNamedPullRequests(record().answers, repository, gitHubUrl);
  const query = queryOf(ended.facts, named, repository, session);
  const read = await catchGitHubFailure(findAgentPullRequests(query, { github, repository }));
  if (read instanceof GitHubFailure) {
    emit({ kind: 'result-unread', because: read.message, lacksRight: lacksRight(read) });
    return ended;
  }
  if (read.counting.length > 0) return ended;
  const ignored = [
    ...read.leftOut.map(({ pullRequest, because }) => `#${pullRequest} does not count because ${because}`),
    unreadWords(query) ?? [],
  ].flat();
  return notDone(
    ended,
    ignored.length === 0
      ? `the agent says that it is done, but there is no pull request of it in ${repository}`
      : `the agent says that it is done, but there is no pull request of it in ${repository} that counts: ${ignored.join('; ')}`,
    // A label that is added again finds a finished agent, and asks it nothing.
    { advice: 'ask the agent for one', next: 'tell' },
  );
}

function notDone(ended: Succeeded, because: string, what: Pick<Problem, 'advice' | 'next'>): Outcome {
  const problem = {
    failedTo: GET_DONE,
    because,
    ...what,
    kind: 'result',
  } as const;
  return { ...ended, kind: 'not-done', status: 'not-done', problem };
}
