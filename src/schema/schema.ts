import { sessionOf, type StepContext } from '../context.ts';
import { type Ended, linkTo } from '../conversation/conversation.ts';
import type { InvalidAnswerEnd, Outcome } from '../conversation/outcome.ts';
import { sendTo, whyUnanswered } from '../conversation/send.ts';
import { type Fit, fitTo } from './fit.ts';
import { correctionOf } from './message.ts';

/**
 * Checks the agent's answer against a schema and returns the outcome. If the answer does not fit, asks the agent once, in the same
 * conversation, for another answer.
 *
 * @throws an interruption.
 */
export async function structured(ended: Outcome, schema: string, context: StepContext): Promise<Outcome> {
  if (!isDone(ended)) return ended;
  const first = await fit(ended, schema, context);
  if ('json' in first) return { ...ended, structured: first.json };
  const { problems } = first;
  const { conversation, facts, checks } = ended;
  context.recorder.emit({ kind: 'invalid-answer', problems, ...(checks && { checks }) });
  const again = await sendTo(
    { id: conversation.id, message: correctionOf(problems), facts },
    sessionOf(context),
  );
  // The first answer is still available.
  if (again.status === 'start-failed' || again.status === 'missing')
    return unfit(ended, [...problems, whyUnanswered(again)]);
  if (!isDone(again)) return again;
  const second = await fit(again, schema, context);
  const last = ended.checks === undefined ? again : { ...again, checks: ended.checks };
  return 'json' in second ? { ...last, structured: second.json } : unfit(last, second.problems);
}

function isDone(outcome: Outcome): outcome is Ended {
  return outcome.status === 'finished' || outcome.status === 'stopped';
}

async function fit({ result }: Ended, schema: string, { world }: StepContext): Promise<Fit> {
  return fitTo(schema, result?.answer, { validate: world.validate, redact: world.runner.secrets.redact });
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
