import * as v from 'valibot';

import { retryAfterMs } from '../text/retry-after.ts';
import { toError } from '../text/to-error.ts';
import { reasonWords, type Words, wordsOf } from './guard.ts';
import { limitIn } from './limit.ts';
import { refusalIn } from './refusal.ts';
import type { RequestFailure } from './request-failure.ts';

/** Answers are read up to this size: what an API says of a conversation is a few kilobytes. */
const LARGEST_ANSWER_BYTES = 10 * 1024 * 1024;
/** No trajectory is larger; a server that sends more would fill the disk. */
const LARGEST_DOWNLOAD_BYTES = 1024 * 1024 * 1024;

const MOST_CAUSES = 5;

/** A failure on its way out of the reading of an answer. */
export class Unusable extends Error {
  readonly failure: RequestFailure;
  constructor(failure: RequestFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

/** What reading an answer needs. */
export interface AnswerReader {
  /** Learns the secrets that the answer carries, before anything else sees it. */
  readonly learn: (json: unknown) => void;
  readonly redact: (text: string) => string;
}

/** An answer as what it should be, or an {@link Unusable} that says what it is instead. */
export function readAnswer<T>(
  response: Response,
  text: string,
  shape: v.GenericSchema<unknown, T>,
  { learn, redact }: AnswerReader,
): T {
  const { status } = response;
  const words = wordsOf(redact);
  const json = parseJson(text);
  learn(json);
  if (status >= 300 && status < 400) {
    const location = reasonWords(response.headers.get('location') ?? 'nowhere', words);
    throw new Unusable({ kind: 'redirect', status, location });
  }
  if (!response.ok) throw new Unusable(statusFailure(response, text, json, words));
  if (isPage(response, text)) throw new Unusable({ kind: 'page', status });
  if (json === undefined) throw new Unusable({ kind: 'not-json' });
  const parsed = v.safeParse(shape, json, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const reason = reasonWords(`${v.getDotPath(issue) ?? 'the whole answer'}: ${issue.message}`, words);
  throw new Unusable({ kind: 'unexpected', reason });
}

/**
 * Reads an answer; one that is beyond what the engine can take is not what was expected. That is what a RangeError says:
 * calls that are nested as deep as the answer, or a text that is too long. Whatever else is thrown is a mistake of ours.
 */
export function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Unusable({ kind: 'unexpected', reason: 'it is nested too deep, or too long' });
  }
}

/** Does something with the connection; what it throws is a failure of the network. */
export async function connected<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw error instanceof Unusable ? error : new Unusable(networkFailure(error));
  }
}

/** The whole body of an answer as text. */
export async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of upTo(LARGEST_ANSWER_BYTES, response)) {
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/** The pieces of a body that may have so many bytes. */
async function* upTo(limitBytes: number, response: Response): AsyncGenerator<Uint8Array> {
  const pieces: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  let size = 0;
  for await (const piece of pieces) {
    size += piece.byteLength;
    if (size > limitBytes) throw new Unusable({ kind: 'too-large', limitBytes });
    yield piece;
  }
}

/** How a file looks that is whole. */
export interface FileShape {
  readonly begins: string;
  /** Whether it may end so; what is given are its last 64 KiB as Latin-1. */
  readonly isEnd: (tail: string) => boolean;
  /** How large it may be, if that is less than what any file may have. */
  readonly limitBytes?: number;
}

/** Its last part is a record that says where the others are. Source: APPNOTE.TXT of PKWARE, section 4.3.16. */
export const ZIP: FileShape = { begins: 'PK', isEnd: (tail) => tail.includes('PK\u0005\u0006') };

const TAIL_BYTES = 64 * 1024;

/**
 * The pieces of a file. One that begins otherwise is not what was asked for, such as a page of the web app; one that ends
 * otherwise was cut off, which not every connection tells.
 */
export async function* piecesOf(
  response: Response,
  { begins, isEnd, limitBytes = LARGEST_DOWNLOAD_BYTES }: FileShape,
): AsyncGenerator<Uint8Array> {
  const expected = Buffer.from(begins);
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  try {
    for await (const piece of upTo(limitBytes, response)) {
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

/** The parsed text, or `undefined`, which is no JSON value. The parser's message is left out: it quotes the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPage(response: Response, text: string): boolean {
  return (
    (response.headers.get('content-type') ?? '').includes('text/html') || /^\s*<(?:!doctype|html)/i.test(text)
  );
}

function statusFailure(
  { status, headers }: Response,
  text: string,
  json: unknown,
  words: Words,
): RequestFailure {
  const detail = reasonWords(refusalIn(text, json), words);
  const waitMs = retryAfterMs(headers, status === 429);
  const told = { kind: 'status' as const, status, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
  if (status !== 429) return { ...told, detail };
  const { limit, figures } = limitIn(json);
  return { ...told, limit, detail: [detail, reasonWords(figures, words)].filter(Boolean).join(' ') };
}

/** What fetch threw, as a failure. Source of the shape: Node's fetch puts the system's error into `cause`. */
function networkFailure(error: unknown): RequestFailure {
  let innermost = toError(error);
  for (let depth = 0; depth < MOST_CAUSES && innermost.cause !== undefined; depth += 1) {
    innermost = toError(innermost.cause);
  }
  return { kind: 'network', reason: innermost.message, code: innermost.code };
}
