import { type Ended, linkTo } from '../conversation/conversation.ts';
import type { InvalidAnswerEnd, Outcome } from '../conversation/outcome.ts';
import { sendTo, whyUnanswered } from '../conversation/send.ts';
import type { Session } from '../conversation/session.ts';
import { type Fitting, fitTo, type Validate } from './fit.ts';

export type { Validate } from './fit.ts';

/** The answer does not fit the schema, and the agent is asked for another answer. */
export interface SchemaEvent {
  readonly kind: 'invalid-answer';
  readonly problems: readonly string[];
  readonly checks?: 'passed' | 'none';
}

/** What it takes to check the agent's answer. */
export interface AnswerCheck extends Fitting {
  /** The JSON Schema that the answer must match. */
  readonly schema: string;
  readonly session: Session;
  readonly emit: (event: SchemaEvent) => void;
}

/** Validates in a worker thread. Its code is loaded only when there is a schema. */
export const systemValidate: Validate = async (schema, json) => {
  const { validateInWorker } = await import(/* webpackIgnore: true */ './schema-worker.ts');
  return validateInWorker(schema, json);
};

/** Adds to a message that the answer must match a JSON Schema. */
export function withSchema(message: string, schema: string): string {
  return `${message}

A program reads your answer. It must be a JSON value that matches this JSON Schema: the whole answer, or the last code block in it.

\`\`\`json
${schema.trim()}
\`\`\``;
}

/** Returns the message that asks the agent to correct its answer. */
function correctionOf(problems: readonly string[]): string {
  return `Your answer does not match the JSON Schema:

${problems.map((problem) => `- ${problem}`).join('\n')}

Answer again with the JSON value only. Do no other work.`;
}

/**
 * Checks the agent's answer against a schema and returns the outcome. If the answer does not fit, asks the agent once, in the same
 * conversation, for another answer.
 *
 * @throws an interruption.
 */
export async function structured(ended: Outcome, check: AnswerCheck): Promise<Outcome> {
  if (!isDone(ended)) return ended;
  const { schema, session, emit } = check;
  const first = await fitTo(schema, ended.result?.answer, check);
  if ('json' in first) return { ...ended, structured: first.json };
  const { problems } = first;
  const { conversation, facts, checks } = ended;
  emit({ kind: 'invalid-answer', problems, ...(checks && { checks }) });
  const message = correctionOf(problems);
  const again = await sendTo({ id: conversation.id, message, facts }, session);
  // The first answer is still available.
  if (again.status === 'start-failed' || again.status === 'missing')
    return unfit(ended, [...problems, whyUnanswered(again)]);
  if (!isDone(again)) return again;
  const second = await fitTo(schema, again.result?.answer, check);
  const last = checks === undefined ? again : { ...again, checks };
  return 'json' in second ? { ...last, structured: second.json } : unfit(last, second.problems);
}

function isDone(outcome: Outcome): outcome is Ended {
  return outcome.status === 'finished' || outcome.status === 'stopped';
}

function unfit(ended: Ended, problems: readonly string[]): InvalidAnswerEnd {
  const problem = {
    failedTo: 'get an answer that matches output-schema',
    because: problems.join('; '),
    todo: `see the answer, and say more in the message or ask for less in the schema: ${linkTo(ended.conversation)}`,
    kind: 'output',
  } as const;
  return { ...ended, status: 'invalid-output', problem };
}
