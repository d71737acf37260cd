import { type Ended, linkTo } from './conversation.ts';
import type { InvalidAnswerEnd, Outcome } from './outcome.ts';
import { sendTo, whyUnanswered } from './send.ts';
import type { Session } from './session.ts';

/** The answer is not as required, and the agent is asked for another answer. */
export interface CorrectionEvent {
  readonly kind: 'invalid-answer';
  readonly name: AnswerRule<unknown>['name'];
  readonly problems: readonly string[];
  readonly checks?: 'passed' | 'none';
}

/** What is wrong with an answer. */
interface Problems {
  readonly problems: readonly string[];
}

/** What an answer must be like. */
export interface AnswerRule<Found> {
  /** What the answer must match, for people. */
  readonly name: 'output-schema' | 'the review schema' | 'require-result';
  /** Returns what the answer holds, or what is wrong with it. */
  readonly check: (answer: string | undefined) => Promise<Found | Problems>;
  /** Returns the message that asks for another answer; absent if the agent must not be asked. */
  readonly correctionOf?: (problems: readonly string[]) => string;
  /** What to do if the last answer is wrong, too, for the middle of a sentence. */
  readonly advice: string;
}

/**
 * Checks the answer of an agent that has succeeded. If it is not as required, asks the agent once, in the same conversation, for
 * another answer. Returns what the last answer holds, with the end that it belongs to; or the outcome if it is wrong, too.
 *
 * @throws an interruption.
 */
export async function requireAnswer<Found extends object>(
  ended: Ended,
  rule: AnswerRule<Found>,
  { session, emit }: { readonly session: Session; readonly emit: (event: CorrectionEvent) => void },
): Promise<{ readonly ended: Ended; readonly found: Found } | Outcome> {
  const { name, check, correctionOf } = rule;
  const first = await check(ended.storedEnd?.answer);
  if (!('problems' in first)) return { ended, found: first };
  const { problems } = first;
  if (correctionOf === undefined) return invalidAnswer(ended, problems, rule);
  const { conversation, facts, checks } = ended;
  const announce = (): void => {
    emit({ kind: 'invalid-answer', name, problems, ...(checks && { checks }) });
  };
  const correction = { id: conversation.id, message: correctionOf(problems), facts, announce };
  const again = await sendTo(correction, { ...session, before: ended });
  // Nothing has replaced the first answer.
  if (again.status === 'start-failed' || again.status === 'missing')
    return invalidAnswer(ended, [...problems, whyUnanswered(again)], rule);
  if (!hasSucceeded(again)) return withFirstAnswer(again, ended);
  const second = await check(again.storedEnd?.answer);
  const last = checks === undefined ? again : { ...again, checks };
  return 'problems' in second
    ? invalidAnswer(last, second.problems, { name, advice: 'use another model' })
    : { ended: last, found: second };
}

/** Returns the end of an agent that failed at its correction, with its first answer if it gave no other. */
function withFirstAnswer(again: Outcome, { storedEnd: first }: Ended): Outcome {
  if (!('storedEnd' in again) || again.storedEnd.answer !== undefined || first?.answer === undefined)
    return again;
  return { ...again, storedEnd: { ...again.storedEnd, answer: first.answer } };
}

/** Whether an agent has ended well. `stopped`: API V0 does not tell the result of an agent that has stopped, which counts as success. */
export function hasSucceeded(outcome: Outcome): outcome is Ended {
  return outcome.status === 'finished' || outcome.status === 'stopped';
}

function invalidAnswer(
  ended: Ended,
  problems: readonly string[],
  { name, advice }: Pick<AnswerRule<unknown>, 'name' | 'advice'>,
): InvalidAnswerEnd {
  const problem = {
    failedTo: `get an answer that matches ${name}`,
    because: problems.join('; '),
    advice: `${advice}; see the conversation: ${linkTo(ended.conversation)}`,
    kind: 'output',
  } as const;
  return { ...ended, status: 'invalid-output', problem };
}
