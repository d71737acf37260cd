import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

import { memberOf } from '../text/data.ts';
import { nearestTo } from '../text/near-word.ts';
import { shorten } from '../text/safe.ts';
import { toError } from '../text/to-error.ts';

/** The time limit: matching a regular expression of a schema may never end. */
const VALIDATION_MS = 2_000;
const MAX_HEAP_MB = 256;
const MAX_REASONS = 3;
const MAX_MISMATCH_CHARACTERS = 300;

/** Returns {@link problemsOf} from a worker thread. After `timeoutMs` milliseconds, ends the thread and returns that as the problem. */
export async function validateInWorker(
  schema: string,
  json?: string,
  timeoutMs = VALIDATION_MS,
): Promise<readonly string[]> {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { schema, json },
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  let timeout: AbortSignal | undefined;
  try {
    // The thread says that it is ready, which can take long on a busy machine: the time limit starts then.
    await once(worker, 'message');
    worker.postMessage('start');
    timeout = AbortSignal.timeout(timeoutMs);
    // The second message from the thread is the list of reasons.
    const problems: readonly unknown[] = (await once(worker, 'message', { signal: timeout })).flat();
    return problems.map(String);
  } catch (error) {
    const late = `it takes longer than ${timeoutMs / 1000} s to check`;
    return [timeout?.aborted === true ? late : toError(error).message];
  } finally {
    await worker.terminate();
  }
}

/**
 * Returns why a text is not a JSON Schema, or where a JSON value does not match it: at most three reasons, empty if all is
 * well. Does not fetch other schemas, fill in defaults or convert types.
 * Source: https://json-schema.org/draft/2020-12/json-schema-validation
 */
export function problemsOf(schema: string, json?: string, ajv = createValidator()): readonly string[] {
  let fits: ValidateFunction;
  try {
    const parsed: unknown = JSON.parse(schema, refuseProto);
    if (isSchema(parsed) && ajv.validateSchema(parsed) === false) {
      const [first] = ajv.errors ?? [];
      if (first) return [`${mismatchOf(first)}${wrongWord(parsed, first)}`];
    }
    fits = ajv.compile(JSON.parse(schema, refuseProto));
  } catch (error) {
    return [toError(error).message];
  }
  // The validator of an asynchronous schema returns a promise.
  if ('$async' in fits) return ['it is asynchronous'];
  if (json === undefined) return misspelledIn(schema);
  if (fits(JSON.parse(json))) return [];
  return (fits.errors ?? []).slice(0, MAX_REASONS).map(mismatchOf);
}

/** Returns a validator that has already compiled the schema of schemas: the time limit of a check must not include that. */
function createValidator(): Ajv2020 {
  // Strict mode would reject schemas that are merely unusual, such as those with custom keywords.
  const ajv = new Ajv2020({ allErrors: true, strict: false, logger: false, ownProperties: true });
  formats.default(ajv);
  // The first schema, whatever it is, makes it compile the schema of schemas.
  ajv.compile({});
  return ajv;
}

/** A word of OpenAPI that is like one of JSON Schema. */
const EXAMPLE = 'example';
/** A word that only says something: whoever writes `comment` loses nothing. */
const COMMENT = '$comment';
/** A shorter word is like too many others. */
const MIN_WORD = 4;

/**
 * Returns the misspelled words of a schema: what they say would not be checked. Words that are like none of JSON Schema only say something.
 * Ajv knows its words, and where a schema is in a schema: its strict mode tells the unknown ones.
 */
function misspelledIn(schema: string): readonly string[] {
  const problems = new Set<string>();
  const warn = (text: unknown): void => {
    const [, word] = /^strict mode: unknown keyword: "(.*)"$/s.exec(String(text)) ?? [];
    if (word === undefined || word === EXAMPLE || word.startsWith('x-')) return;
    const right = nearestTo(word, known);
    if (right !== undefined)
      problems.add(shorten(`it has ${JSON.stringify(word)}: write "${right}"`, MAX_MISMATCH_CHARACTERS));
  };
  const ajv = new Ajv2020({
    strict: false,
    strictSchema: 'log',
    // Also, no format is unknown then.
    validateFormats: false,
    validateSchema: false,
    logger: { log: warn, warn, error: warn },
  });
  const known = Object.keys(ajv.RULES.keywords).filter((word) => word.length >= MIN_WORD && word !== COMMENT);
  ajv.compile(JSON.parse(schema, refuseProto));
  return [...problems].slice(0, MAX_REASONS);
}

/** For `JSON.parse`: throws an error at `__proto__`, because a schema with such a property would accept any value of it. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__' || value === '__proto__')
    throw new Error('it names __proto__, which cannot be checked');
  return value;
}

function isSchema(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Returns the value that breaks a rule, if it is a word. */
function wrongWord(schema: unknown, { instancePath }: ErrorObject): string {
  const path = instancePath.split('/').slice(1);
  const value = path.reduce<unknown>(
    (inner, name) => memberOf(inner, name.replaceAll('~1', '/').replaceAll('~0', '~')),
    schema,
  );
  return typeof value === 'string' ? ` (it is ${JSON.stringify(value)})` : '';
}

function mismatchOf({ instancePath, message = 'does not match', params }: ErrorObject): string {
  const { additionalProperty, allowedValues } = params;
  const detail: unknown = additionalProperty ?? allowedValues;
  const more = detail === undefined ? '' : `: ${JSON.stringify(detail)}`;
  return shorten(
    `${instancePath === '' ? 'the value' : instancePath} ${message}${more}`,
    MAX_MISMATCH_CHARACTERS,
  );
}

// What the worker thread runs: it says that it is ready, and checks once it is told to start.
const schema = memberOf(workerData, 'schema');
const json = memberOf(workerData, 'json');
if (!isMainThread && typeof schema === 'string' && (json === undefined || typeof json === 'string')) {
  const ajv = createValidator();
  parentPort?.once('message', () => parentPort?.postMessage(problemsOf(schema, json, ajv)));
  parentPort?.postMessage('ready');
}
