import * as v from 'valibot';

import { parseJson } from '../text/data.ts';
import { type Thrown, toError, UNKNOWN_REASON } from '../text/to-error.ts';
import type { LimitsIn } from './limits.ts';
import { AttemptFailed } from './request-failure.ts';

/** Larger answers are refused. Most are a few kilobytes. */
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;
/** Larger files are refused: they would fill the disk. */
const MAX_DOWNLOAD_BYTES = 1024 * 1024 * 1024;

const MAX_CAUSES = 5;

/** Runs `use`, and turns what it throws into a network failure. */
export async function wrapNetworkErrors<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw asAttemptFailed(error);
  }
}

/** The words of undici for the 407 of a proxy to which it connects for https. */
const TUNNEL_NEEDS_LOGIN = 'Proxy response (407)';

/** Converts an error of fetch, which has the system's error as its `cause`, maybe several levels deep. Keeps an {@link AttemptFailed}. */
export function asAttemptFailed(error: unknown): AttemptFailed {
  if (error instanceof AttemptFailed) return error;
  let innermost = toError(error);
  for (let depth = 0; depth < MAX_CAUSES && innermost.cause !== undefined; depth += 1)
    innermost = toError(innermost.cause);
  if (innermost.message.startsWith(TUNNEL_NEEDS_LOGIN) || isSilent(innermost))
    return new AttemptFailed({ kind: 'login', status: 407 });
  return new AttemptFailed({ kind: 'network', reason: innermost.message, code: innermost.code });
}

/**
 * Whether fetch has failed without a word, which it does for one answer: 407.
 * Source: https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
function isSilent({ message, code }: Thrown): boolean {
  return message === UNKNOWN_REASON && code === '';
}

/** Yields the chunks of a body. Throws {@link AttemptFailed} once they exceed the limit, or if the connection fails. */
export async function* bodyChunksOf(
  { body, headers }: Response,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  const pieces: AsyncIterable<Uint8Array> | readonly Uint8Array[] = body ?? [];
  let size = 0;
  try {
    // A body that says that it is too large is not downloaded. Compressed, it says something else.
    if (!headers.has('content-encoding') && Number(headers.get('content-length')) > limitBytes) {
      await body?.cancel();
      throw new AttemptFailed({ kind: 'too-large', limitBytes });
    }
    for await (const piece of pieces) {
      size += piece.byteLength;
      if (size > limitBytes) throw new AttemptFailed({ kind: 'too-large', limitBytes });
      yield piece;
    }
  } catch (error) {
    throw asAttemptFailed(error);
  }
}

/** The body of an answer. `json` is the text, parsed; `undefined` if it is not JSON. */
export interface Body {
  readonly text: string;
  readonly json: unknown;
}

/** Reads the whole body, of at most `limitBytes`. Throws {@link AttemptFailed}. */
export async function readBody(response: Response, limitBytes = MAX_ANSWER_BYTES): Promise<Body> {
  const pieces = await Array.fromAsync(bodyChunksOf(response, limitBytes));
  const text = new TextDecoder().decode(Buffer.concat(pieces));
  return { text, json: parseJson(text)?.value };
}

/** Throws {@link AttemptFailed} unless the server accepted the request. `url`: its address, if a redirect elsewhere means a login. */
export function requireSuccess(response: Response, body: Body, limitsIn: LimitsIn, url?: string): void {
  const { status, ok, headers } = response;
  const { json } = body;
  if (status >= 300 && status < 400) {
    const location = headers.get('location');
    const isLogin = url !== undefined && location !== null && leadsElsewhere(url, location);
    throw new AttemptFailed({
      kind: isLogin ? 'login' : 'redirect',
      status,
      location: location ?? 'nowhere',
    });
  }
  // The API refuses a key in JSON, and a proxy with its page.
  const isRefusedByProxy = (status === 401 || status === 403) && url !== undefined && isPage(response, body);
  if (status === 407 || isRefusedByProxy) throw new AttemptFailed({ kind: 'login', status });
  if (ok) return;
  const { limitWords = '', ...limits } = limitsIn(response, json);
  const words = refusalIn(json);
  const reason = words.length > MAX_REFUSAL_LENGTH ? '' : words;
  const detail = [reason, limitWords].filter(Boolean).join(' ');
  throw new AttemptFailed({ kind: 'status', status, detail, ...limits });
}

/** Whether a redirect leads to another server or path. A slash at the end, and https in place of http, do not count. */
function leadsElsewhere(url: string, location: string): boolean {
  const [from, to] = [URL.parse(url), URL.parse(location, url)];
  const pathOf = (address: URL | null): string | undefined => address?.pathname.replace(/\/$/, '');
  const isSecured = from?.protocol === 'http:' && to?.protocol === 'https:' && from.hostname === to.hostname;
  return (to?.origin !== from?.origin && !isSecured) || pathOf(to) !== pathOf(from);
}

/** A refusal is a sentence or two, beside which a server may repeat the request. More words are not from the API, and are ignored. */
const MAX_REFUSAL_LENGTH = 64 * 1024;
/** Nothing deeper is meant for people. The limit also protects the call stack. */
const MAX_DEPTH = 8;

/**
 * Returns why a request was refused, in the server's words; empty if it does not say. Servers, frameworks and gateways put it
 * into `detail`, `message`, `error` or `code`; newer servers send a bare JSON string.
 */
function refusalIn(body: unknown, depth = MAX_DEPTH): string {
  if (typeof body === 'string') return body;
  if (depth === 0) return '';
  if (Array.isArray(body)) {
    const items: readonly unknown[] = body;
    return items
      .map((item) => refusalIn(item, depth - 1))
      .filter((words) => words !== '')
      .join('; ');
  }
  if (typeof body !== 'object' || body === null) return '';
  const members = new Map<string, unknown>(Object.entries(body));
  // A validation error of FastAPI: the field and what is wrong with it.
  const message = members.get('msg');
  if (typeof message === 'string') return fieldPathIn(members.get('loc')) + message;
  // Beside an `exception`, `detail` is only "Internal Server Error".
  const exception = members.get('exception');
  if (typeof exception === 'string') return exception;
  const words = ['detail', 'message', 'error', 'code'].map((name) => members.get(name));
  return refusalIn(
    words.find((each) => each != null),
    depth - 1,
  );
}

function fieldPathIn(loc: unknown): string {
  if (!Array.isArray(loc)) return '';
  const steps: readonly unknown[] = loc;
  return `${steps.filter((step) => typeof step === 'string' || typeof step === 'number').join('.')}: `;
}

/** Throws {@link AttemptFailed} unless the body is JSON. */
export function requireJson(response: Response, body: Body): void {
  if (isPage(response, body)) throw new AttemptFailed({ kind: 'page', status: response.status });
  if (body.json === undefined) throw new AttemptFailed({ kind: 'not-json' });
}

function isPage({ headers }: Response, { text }: Body): boolean {
  return (
    (headers.get('content-type')?.includes('text/html') ?? false) || /^\s*<(?:!doctype|html)/i.test(text)
  );
}

/**
 * Validates an answer. Throws {@link AttemptFailed} if it has another shape, which quotes nothing of the answer: that may be a secret, such as
 * a signed address. It may also be nested too deep for the call stack, or too long for the engine: both cause a RangeError.
 */
export function requireShape<T>(json: unknown, shape: v.GenericSchema<unknown, T>): T {
  try {
    const message = ({ expected, input }: v.BaseIssue<unknown>): string =>
      `expected ${expected ?? 'something else'}, got ${typeNameOf(input)}`;
    // A shape can have a message of its own.
    const parsed = v.safeParse(shape, json, { abortEarly: true, message });
    if (parsed.success) return parsed.output;
    const [issue] = parsed.issues;
    const reason = `${v.getDotPath(issue) ?? 'the whole answer'}: ${issue.message}`;
    throw new AttemptFailed({ kind: 'unexpected', reason });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AttemptFailed({ kind: 'unexpected', reason: 'it is nested too deep, or too long' });
  }
}

function typeNameOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** How to recognize a complete file. */
export interface FileShape {
  readonly begins: string;
  /** Whether a complete file can end like this. `tail` is its last 64 KiB as Latin-1. */
  readonly isEnd: (tail: string) => boolean;
  /** Default: 1 GiB. */
  readonly limitBytes?: number;
}

/** A zip file ends in a record that says where its entries are. Source: APPNOTE.TXT of PKWARE, section 4.3.16. */
export const ZIP: FileShape = { begins: 'PK', isEnd: (tail) => tail.includes('PK\u0005\u0006') };

const TAIL_BYTES = 64 * 1024;

/**
 * Yields the chunks of a file, and checks its beginning and end. A wrong beginning means another file, such as a web page. A wrong
 * end means that the file was cut off, which not every connection reports.
 */
export async function* fileChunksOf(
  response: Response,
  { begins, isEnd, limitBytes = MAX_DOWNLOAD_BYTES }: FileShape,
): AsyncGenerator<Uint8Array> {
  const expected = Buffer.from(begins);
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  for await (const piece of bodyChunksOf(response, limitBytes)) {
    // The first pieces may be shorter than the expected beginning.
    head = Buffer.concat([head, piece.subarray(0, expected.length)]).subarray(0, expected.length);
    if (!expected.subarray(0, head.length).equals(head))
      throw new AttemptFailed({ kind: 'other-file', begins });
    tail = Buffer.concat([tail, piece.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    yield piece;
  }
  if (head.length < expected.length) throw new AttemptFailed({ kind: 'other-file', begins });
  if (!isEnd(tail.toString('latin1'))) throw new AttemptFailed({ kind: 'cut-off' });
}
