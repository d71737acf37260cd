import { kindsOf } from '../text/code-blocks.ts';
import { parseJson } from '../text/json.ts';

/** A longer value cannot be passed on through `env:`. */
const LARGEST_BYTES = 96 * 1024;

/**
 * Why a text is no JSON Schema, or in what a JSON value does not fit it; empty if all is well.
 *
 * @param schema JSON.
 * @param json the value, if there is one.
 */
export type Validate = (schema: string, json?: string) => Promise<readonly string[]>;

/** A JSON value that fits, in one line; or in what an answer does not. */
export type Fit = { readonly json: string } | { readonly problems: readonly string[] };

/** What fitting needs. */
export interface Fitting {
  readonly validate: Validate;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
}

/** The JSON value at the end of an answer, without secrets, if it fits the schema. */
export async function fitTo(
  schema: string,
  answer: string | undefined,
  { validate, redact }: Fitting,
): Promise<Fit> {
  const last = lastJsonIn(answer ?? '');
  if (last === undefined) return { problems: ['it is not JSON, and does not end in a code block with JSON'] };
  const text = textOf(last.value);
  if (text === undefined) return { problems: ['it is nested too deeply'] };
  const json = redact(text);
  if (Buffer.byteLength(json) > LARGEST_BYTES)
    return { problems: [`it is larger than ${LARGEST_BYTES / 1024} KiB`] };
  // A secret that was taken out can leave a gap.
  if (parseJson(json) === undefined) return { problems: ['it contains a secret'] };
  const problems = await validate(schema, json);
  return problems.length === 0 ? { json } : { problems };
}

/** Reading is deeper than writing. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** The JSON value that an answer is, or that its last block of code is. */
export function lastJsonIn(answer: string): { readonly value: unknown } | undefined {
  return parseJson(answer) ?? parseJson(lastBlockIn(answer));
}

function lastBlockIn(markdown: string): string {
  const lines = markdown.split(/\r?\n/);
  const kinds = kindsOf(lines);
  const end = kinds.lastIndexOf('closing');
  return end === -1 ? '' : lines.slice(kinds.lastIndexOf('opening', end) + 1, end).join('\n');
}
