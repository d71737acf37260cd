import { parseJson } from '../text/data.ts';

/** The longest JSON value. Workflows pass outputs on through `env:`, and Linux limits a variable to 131,071 bytes. */
const LARGEST_BYTES = 96 * 1024;

/**
 * Returns why a text is not a JSON Schema, or where a JSON value does not match it; empty if all is well.
 *
 * @param schema the schema as JSON.
 * @param json the value as JSON; if absent, only the schema is checked.
 */
export type Validate = (schema: string, json?: string) => Promise<readonly string[]>;

/** A JSON value that matches the schema, in one line; or why an answer does not match. */
export type Fit = { readonly json: string } | { readonly problems: readonly string[] };

/** What {@link fitTo} needs. */
export interface Fitting {
  readonly validate: Validate;
  /** Redacts secrets in a text. */
  readonly redact: (text: string) => string;
}

/** Extracts the JSON value from an answer, without secrets, and checks it against the schema. */
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
  // Redacting a secret may break the JSON.
  if (parseJson(json) === undefined) return { problems: ['it contains a secret'] };
  const problems = await validate(schema, json);
  return problems.length === 0 ? { json } : { problems };
}

/** Converts a value to JSON; `undefined` if it is nested deeper than JSON.stringify supports: JSON.parse reads deeper values. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Parses an answer as JSON, or else its last code block. */
export function lastJsonIn(answer: string): { readonly value: unknown } | undefined {
  return parseJson(answer) ?? parseJson(lastBlockIn(answer));
}

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/s;

/**
 * Returns the content of the last closed code block. The closing fence has at least as many marks as the opening one, and
 * nothing else. Source: CommonMark 0.31, section 4.5.
 */
function lastBlockIn(markdown: string): string {
  const lines = markdown.split(/\r?\n/);
  let block = '';
  let open: { readonly marks: string; readonly at: number } | undefined;
  for (const [at, line] of lines.entries()) {
    const [, marks, rest = ''] = FENCE.exec(line) ?? [];
    if (marks === undefined) continue;
    if (open === undefined) open = { marks, at };
    else if (marks.startsWith(open.marks) && rest.trim() === '') {
      block = lines.slice(open.at + 1, at).join('\n');
      open = undefined;
    }
  }
  return block;
}
