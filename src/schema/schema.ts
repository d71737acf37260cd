import {
  type CorrectionContext,
  type CorrectionEvent,
  type CorrectionRecord,
  requireAnswer,
} from '../continue/correction.ts';
import type { Validate } from '../inputs/schema.ts';
import type { Outcome } from '../port/outcome.ts';
import type { Tools } from '../session/session.ts';
import { parseJson } from '../text/data.ts';
import { lastBlockIn } from '../text/last-block.ts';

/** The longest JSON value. Workflows pass outputs on through `env:`, and Linux limits a variable to 131,071 bytes. */
const MAX_JSON_BYTES = 96 * 1024;

/** A JSON value that matches the schema, on one line; or why an answer does not match. */
export type CheckedAnswer = { readonly json: string } | { readonly problems: readonly string[] };

/** What the check of an answer reads in the step's record. */
interface SchemaRecord extends CorrectionRecord {
  /** Whether the step has seen the agent at work, has resumed it or has sent it a message. */
  readonly hasSeenWork: boolean;
}

export interface SchemaContext
  extends Tools<CorrectionEvent, SchemaRecord>, Pick<CorrectionContext, 'stepTag'> {
  readonly validate: Validate;
  readonly schema: string;
  readonly name: 'output-schema' | 'the review schema' | 'the schema of replies';
  /** Changes the JSON value before it is checked; absent if it stays as it is. */
  readonly adjust?: (value: unknown) => unknown;
  /** Adds to a correction what else the answer must have; absent if it must have nothing else. */
  readonly withMore?: (correction: string) => string;
}

/** Validates in a worker thread. Its code is loaded only when there is a schema. */
export const systemValidate: Validate = async (schema, json) => {
  const { validateInWorker } = await import(/* webpackIgnore: true */ './schema-worker.ts');
  return validateInWorker(schema, json);
};

/** Read from stored messages: an older wording must stay known (`stored-messages.test.ts`). */
const MISMATCH = 'Your answer does not match the JSON Schema:';

function correctionOf(problems: readonly string[], what: string): string {
  return `${MISMATCH}

${problems.map((problem) => `- ${problem}`).join('\n')}

Answer again with ${what}. Do no other work.`;
}

/** Whether a message says that an answer does not match the schema. */
export function isMismatch(message: string): boolean {
  return message.startsWith(MISMATCH);
}

/**
 * Checks the agent's answer against a schema and returns the outcome. If the answer does not fit, asks the agent once, in the same
 * conversation, for another answer.
 *
 * @param context absent if the inputs ask for no schema.
 * @throws an interruption.
 */
export async function requireValidAnswer(
  ended: Outcome,
  context: SchemaContext | undefined,
): Promise<Outcome> {
  if (context === undefined || ended.kind !== 'succeeded') return ended;
  const { schema, name, withMore, record } = context;
  const { role, hasSeenWork } = record();
  // Not if the work was over before this step: each run would cost an answer.
  const mayCorrect = role !== 'attached' || hasSeenWork;
  const rule = {
    name,
    check: async (answer: string | undefined) => extractAndValidate(schema, answer, context),
    ...(mayCorrect && {
      correctionOf: (problems: readonly string[]) =>
        withMore?.(correctionOf(problems, 'the JSON value in a code block')) ??
        correctionOf(problems, 'the JSON value only'),
    }),
    isCorrection: isMismatch,
    failedTo: `get an answer that matches ${name}`,
    advice: `ask the agent for an answer that matches ${name}`,
    next: 'tell' as const,
  };
  const checked = await requireAnswer(ended, rule, context);
  return 'found' in checked ? { ...checked.ended, structured: checked.found.json } : checked;
}

/** Extracts the JSON value from an answer, without secrets, and checks it against the schema. */
export async function extractAndValidate(
  schema: string,
  answer: string | undefined,
  { validate, redact, adjust = (value) => value }: Pick<SchemaContext, 'validate' | 'redact' | 'adjust'>,
): Promise<CheckedAnswer> {
  const last = lastJsonIn(answer ?? '');
  if (last === undefined) return { problems: ['it is not JSON, and does not end in a code block with JSON'] };
  const text = exactJsonOf(adjust(last.value));
  if ('problems' in text) return text;
  const json = redact(text.json);
  if (Buffer.byteLength(json) > MAX_JSON_BYTES)
    return { problems: [`it is larger than ${MAX_JSON_BYTES / 1024} KiB`] };
  // Redacting a secret may break the JSON.
  if (parseJson(json) === undefined) return { problems: ['it contains a secret'] };
  const problems = await validate(schema, json);
  return problems.length === 0 ? { json } : { problems };
}

/** Converts a value to JSON, unless a number in it is so large that JSON.parse may have changed it, or it is nested deeper than JSON.stringify supports. */
function exactJsonOf(value: unknown): CheckedAnswer {
  const rounded: number[] = [];
  try {
    const json = JSON.stringify(value, (_, member: unknown) => {
      if (typeof member === 'number' && Math.abs(member) > Number.MAX_SAFE_INTEGER) rounded.push(member);
      return member;
    });
    return rounded.length > 0
      ? { problems: ['a number above 2^53 may lose digits: write it as a string'] }
      : { json };
  } catch {
    return { problems: ['it is nested too deeply'] };
  }
}

/** Parses an answer as JSON, or else its last code block; `undefined` if neither is JSON. */
export function lastJsonIn(answer: string): { readonly value: unknown } | undefined {
  return parseJson(answer) ?? parseJson(lastBlockIn(answer)?.content ?? '');
}
