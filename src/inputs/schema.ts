import { parseJson } from '../text/data.ts';
import { singleLine } from '../text/safe.ts';
import { toError } from '../text/to-error.ts';
import type { InputReader } from './reader.ts';

/** Returns why a text is not a JSON Schema or where a JSON value, if there is one, does not match it; empty if all is well. */
export type Validate = (schema: string, json?: string) => Promise<readonly string[]>;

const MAX_SHOWN = 200;
const MAX_SCHEMA_BYTES = 64 * 1024;

/** Reads the JSON Schema that the answer must match; `undefined` if the answer may be any text. */
export async function schemaIn(read: InputReader, validate: Validate): Promise<string | undefined> {
  const { value } = read.given('output-schema');
  if (value === '') return undefined;
  read.requirePoll('output-schema', 'there is no answer before the agent is done');
  for (const problem of await schemaProblemsOf(value, validate))
    read.wrong(`output-schema is not a JSON Schema: ${problem}`);
  return value;
}

/** Adds a problem for each schema that is given besides an input that also says how the answer ends. */
export function refuseSchemas(read: InputReader, name: 'require-result' | 'review-feedback'): void {
  for (const [other, isGiven] of [
    ['output-schema', read.given('output-schema').value !== ''],
    ['review', read.boolean('review')],
  ] as const) {
    if (isGiven)
      read.wrong(
        `${name} and ${other} are given, and each decides how the answer ends: leave one of them out`,
      );
  }
}

/** Returns where a text breaks the rules of JSON, in the parser's words. */
function whyNoJson(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return toError(error).message;
  }
}

/** Returns why a text is not a JSON Schema; empty if it is one. */
async function schemaProblemsOf(schema: string, validate: Validate): Promise<readonly string[]> {
  if (Buffer.byteLength(schema) > MAX_SCHEMA_BYTES)
    return [`it is larger than ${MAX_SCHEMA_BYTES / 1024} KiB`];
  const json = parseJson(schema);
  if (json === undefined)
    return /^[[{]/.test(schema)
      ? [`it is no JSON: ${singleLine(whyNoJson(schema), MAX_SHOWN)}`]
      : ['it must be the schema itself, as JSON, not the path of a file'];
  const { value } = json;
  // `true` and `false` are schemas, too.
  if (typeof value !== 'boolean' && (typeof value !== 'object' || value === null || Array.isArray(value)))
    return ['it must be an object'];
  return validate(schema);
}
