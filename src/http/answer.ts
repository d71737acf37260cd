import * as v from 'valibot';

import { refusalIn } from '../openhands/refusal.ts';
import { parseJson } from '../text/json.ts';
import { reasonLine } from '../text/reason.ts';
import { toError } from '../text/to-error.ts';
import { limitIn } from './limit.ts';
import type { RequestFailure } from './request-failure.ts';
import { retryAfterMs } from './retry-after.ts';

/** Larger answers are not read. What the API says of a conversation is a few kilobytes. */
const LARGEST_ANSWER_BYTES = 10 * 1024 * 1024;
/** No trajectory is larger. A server that sends more would fill the disk. */
const LARGEST_DOWNLOAD_BYTES = 1024 * 1024 * 1024;

const MAX_CAUSES = 5;

/** Thrown while an answer is read: it cannot be used, and `failure` says why. */
export class Unusable extends Error {
  readonly failure: RequestFailure;
  constructor(failure: RequestFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

/**
 * Parses and validates an answer.
 *
 * @param learn registers the secrets in the answer, before anything else reads it.
 * @throws {Unusable} if it is an error, or has another shape.
 */
export function readAnswer<T>(
  response: Response,
  text: string,
  shape: v.GenericSchema<unknown, T>,
  learn: (json: unknown) => void,
): T {
  const { status } = response;
  const json = parseJson(text)?.value;
  learn(json);
  if (status >= 300 && status < 400) {
    const location = reasonLine(response.headers.get('location') ?? 'nowhere');
    throw new Unusable({ kind: 'redirect', status, location });
  }
  if (!response.ok) throw new Unusable(statusFailure(response, text, json));
  if (isPage(response, text)) throw new Unusable({ kind: 'page', status });
  if (json === undefined) throw new Unusable({ kind: 'not-json' });
  const parsed = v.safeParse(shape, json, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const reason = reasonLine(`${v.getDotPath(issue) ?? 'the whole answer'}: ${issue.message}`);
  throw new Unusable({ kind: 'unexpected', reason });
}

/**
 * Runs `read`, and turns a RangeError into an {@link Unusable}: the answer is nested too deep for the call stack, or its
 * text is too long for the engine. Any other error is a bug of this action, and is rethrown.
 */
export function orTooDeep<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Unusable({ kind: 'unexpected', reason: 'it is nested too deep, or too long' });
  }
}

/** Runs `use`, and turns what it throws into a network failure. */
export async function orNetworkFailure<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw error instanceof Unusable ? error : new Unusable(networkFailure(error));
  }
}

/** Reads the whole body as text. */
export async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of limitedBody(LARGEST_ANSWER_BYTES, response)) {
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/** Yields the chunks of a body. Throws {@link Unusable} if they are larger than the limit in all. */
async function* limitedBody(limitBytes: number, response: Response): AsyncGenerator<Uint8Array> {
  const pieces: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.byteLength;
    if (size > limitBytes) throw new Unusable({ kind: 'too-large', limitBytes });
    yield piece;
  }
}

/** How to recognize a complete file. */
export interface FileShape {
  readonly begins: string;
  /** Whether a complete file can have this end. `tail` is its last 64 KiB as Latin-1. */
  readonly isEnd: (tail: string) => boolean;
  /** The largest size. Default: 1 GiB. */
  readonly limitBytes?: number;
}

/** A zip file ends in a record that says where its entries are. Source: APPNOTE.TXT of PKWARE, section 4.3.16. */
export const ZIP: FileShape = { begins: 'PK', isEnd: (tail) => tail.includes('PK\u0005\u0006') };

const TAIL_BYTES = 64 * 1024;

/**
 * Yields the chunks of a file, and checks its beginning and end. A wrong beginning means another file, such as a page of
 * the web app. A wrong end means that the file was cut off: not every connection reports that.
 */
export async function* piecesOf(
  response: Response,
  { begins, isEnd, limitBytes = LARGEST_DOWNLOAD_BYTES }: FileShape,
): AsyncGenerator<Uint8Array> {
  const expected = Buffer.from(begins);
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  try {
    for await (const piece of limitedBody(limitBytes, response)) {
      head = Buffer.concat([head, piece.subarray(0, expected.length)]).subarray(0, expected.length);
      if (!expected.subarray(0, head.length).equals(head)) throw new Unusable({ kind: 'other-file', begins });
      tail = Buffer.concat([tail, piece.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
      yield piece;
    }
  } catch (error) {
    throw error instanceof Unusable ? error : new Unusable(networkFailure(error));
  }
  if (head.length < expected.length) throw new Unusable({ kind: 'other-file', begins });
  if (!isEnd(tail.toString('latin1'))) throw new Unusable({ kind: 'cut-off' });
}

function isPage(response: Response, text: string): boolean {
  return (
    (response.headers.get('content-type') ?? '').includes('text/html') || /^\s*<(?:!doctype|html)/i.test(text)
  );
}

function statusFailure({ status, headers }: Response, text: string, json: unknown): RequestFailure {
  const detail = reasonLine(refusalIn(text, json));
  const waitMs = retryAfterMs(headers, status === 429);
  const failure = { kind: 'status' as const, status, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
  if (status !== 429) return { ...failure, detail };
  const { limit, figures } = limitIn(json);
  return {
    ...failure,
    limit,
    detail: [detail, reasonLine(figures)].filter(Boolean).join(' '),
  };
}

/** Converts an error of fetch. Node's fetch puts the system's error into `cause`, maybe several levels deep. */
function networkFailure(error: unknown): RequestFailure {
  let innermost = toError(error);
  for (let depth = 0; depth < MAX_CAUSES && innermost.cause !== undefined; depth += 1) {
    innermost = toError(innermost.cause);
  }
  return { kind: 'network', reason: innermost.message, code: innermost.code };
}
