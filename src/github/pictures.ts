import { once } from 'node:events';

import * as v from 'valibot';

import { bodyChunksOf, wrapNetworkErrors } from '../http/answer.ts';
import { withTimeout } from '../http/exchange.ts';
import { AttemptFailed, failureReason, isTransient } from '../http/request-failure.ts';
import { retry } from '../http/retry.ts';
import { type LeftOutReason, type PicturesOf, uploadsIn } from '../message/pictures.ts';
import type { Inserted } from '../message/template.ts';
import type { Picture } from '../port/assignment.ts';
import { Interruption, withDeadline } from '../port/clock.ts';
import { USER_AGENT } from '../version.ts';
import type { World } from '../world.ts';
import type { WorkflowEvent } from './event.ts';
import { catchGitHubFailure, GitHubFailure } from './failure.ts';
import { type GitHub, ownerAndRepo } from './octokit.ts';

const MAX_PICTURES = 10;
const MAX_BYTES = 3 * 1024 * 1024;
/** How many uploads are looked at: each may be a request. */
const MAX_UPLOADS = 20;
const LIMIT_MS = 20_000;
const TIMEOUT_MS = 10_000;
const RETRY_AFTER_MS = 1_000;

/** An inserted text with uploads, and the path in GitHub's API from which it can be read. */
interface PicturedText extends Inserted {
  readonly path: string;
  readonly uploads: readonly string[];
}

/** What it takes to read pictures. */
export interface PictureSource extends Pick<World, 'fetch' | 'clock'> {
  readonly event: Pick<WorkflowEvent, 'repository' | 'textPaths'>;
  readonly github: GitHub;
  readonly signal: AbortSignal;
}

/** Pictures in their order, and what became of those of each text. */
export interface ReadPictures {
  readonly pictures: readonly Picture[];
  readonly all: readonly PicturesOf[];
  /** The first request that has failed. A picture's is no refusal, for which a permission could be missing. */
  readonly failure?: GitHubFailure;
}

/** Returns the texts that have uploads to this GitHub and that its API can show. */
export function picturedTextsIn(
  inserted: readonly Inserted[],
  { textPaths }: Pick<WorkflowEvent, 'textPaths'>,
  gitHubUrl: string,
): readonly PicturedText[] {
  return inserted.flatMap((text) => {
    const path = textPaths.get(text.name);
    const uploads = path === undefined ? [] : uploadsIn(text.text, gitHubUrl);
    return path === undefined || uploads.length === 0 ? [] : [{ ...text, path, uploads }];
  });
}

/** Reads the pictures of texts, within a time limit for all. Never fails for a picture; throws only the signal's reason. */
export async function readPictures(
  texts: readonly PicturedText[],
  source: PictureSource,
): Promise<ReadPictures> {
  const reading = new Reading(source);
  await withDeadline(source.clock, LIMIT_MS, source.signal, async (signal) =>
    reading.readAll(texts, { ...source, signal }),
  ).catch((error: unknown) => {
    source.signal.throwIfAborted();
    if (!(error instanceof Interruption)) throw error;
  });
  return reading.result(texts);
}

/** What was read so far: the time limit can end it at any moment. */
class Reading {
  readonly #pictures: Picture[] = [];
  readonly #results = new Map<PicturedText, { sent: number; readonly leftOut: LeftOutReason[] }>();
  readonly #signal: AbortSignal;
  #bytes = 0;
  #looked = 0;
  #failure: GitHubFailure | undefined;

  constructor({ signal }: PictureSource) {
    this.#signal = signal;
  }

  result(texts: readonly PicturedText[]): ReadPictures {
    const all = texts.map((text) => {
      const { sent, leftOut } = this.#of(text);
      const missing = text.uploads.length - sent - leftOut.length;
      return { text, sent, leftOut: [...leftOut, ...Array<LeftOutReason>(missing).fill('late')] };
    });
    return { pictures: this.#pictures, all, ...(this.#failure && { failure: this.#failure }) };
  }

  #of(text: PicturedText): { sent: number; readonly leftOut: LeftOutReason[] } {
    const known = this.#results.get(text) ?? { sent: 0, leftOut: [] };
    this.#results.set(text, known);
    return known;
  }

  async readAll(texts: readonly PicturedText[], source: PictureSource): Promise<void> {
    for (const text of texts) {
      const result = this.#of(text);
      const reading = catchGitHubFailure(readSigned(text.path, source));
      const signed = await Promise.race([reading, abortOf(source.signal)]);
      if (signed instanceof GitHubFailure) this.#failure ??= signed;
      for (const upload of text.uploads) {
        const address = signed instanceof GitHubFailure ? 'unread' : (signed.get(upload) ?? 'gone');
        const read = typeof address === 'string' ? address : await this.#readOne(address, source);
        if (typeof read === 'string') result.leftOut.push(read);
        else {
          this.#pictures.push(read);
          this.#bytes += read.bytes.byteLength;
          result.sent += 1;
        }
      }
    }
  }

  async #readOne(address: URL, source: PictureSource): Promise<Picture | LeftOutReason> {
    if (this.#pictures.length === MAX_PICTURES || this.#looked === MAX_UPLOADS) return 'too-many';
    this.#looked += 1;
    try {
      const bytes = await download(address, MAX_BYTES - this.#bytes, source);
      const type = typeOf(bytes);
      return type === undefined ? 'no-picture' : { type, bytes };
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      this.#signal.throwIfAborted();
      const { failure } = error;
      if (failure.kind === 'too-large') return 'too-large';
      this.#failure ??= new GitHubFailure('read a picture', `${HOST}: ${failureReason(failure)}`, 0);
      return 'unread';
    }
  }
}

/** Rejects with the signal's reason once that is aborted: requests to GitHub have only the signal of the step. */
async function abortOf(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

const Rendered = v.object({ body_html: v.nullish(v.string()) });

/** The only host from which pictures are read. The address is a secret for five minutes, so nothing shows it. */
const HOST = 'private-user-images.githubusercontent.com';
const SIGNED = new RegExp(String.raw`https://${HOST.replaceAll('.', '\\.')}/[^"'\s<>]{1,4000}`, 'g');
/** The name of a picture ends with the id of the upload. */
const NAME = /^\/\d+\/\d+-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[a-z0-9]{1,5}$/i;

/**
 * Returns the signed addresses of the pictures in a text, by the ids of the uploads. GitHub gives them only in the rendered text. They are
 * valid for five minutes.
 */
async function readSigned(path: string, { github, event }: PictureSource): Promise<ReadonlyMap<string, URL>> {
  const { body_html: html } = await github.rest({
    goal: 'read the pictures',
    route: `GET /repos/{owner}/{repo}/${path}`,
    parameters: {
      ...ownerAndRepo(event.repository),
      headers: { accept: 'application/vnd.github.full+json' },
    },
    shape: Rendered,
  });
  const found = [...(html ?? '').matchAll(SIGNED)]
    .map(([text]) => signedAddressIn(text))
    .filter((each) => each !== undefined);
  // The first one of each upload counts.
  return new Map(found.toReversed());
}

/** Returns an address with the id of its upload; `undefined` if it is none of a picture. */
function signedAddressIn(text: string): readonly [string, URL] | undefined {
  const address = URL.parse(text.replaceAll('&amp;', '&'));
  if (address?.host !== HOST || address.username !== '' || !address.searchParams.has('jwt')) return undefined;
  const [, upload] = NAME.exec(address.pathname) ?? [];
  return upload === undefined ? undefined : [upload.toLowerCase(), address];
}

/** Downloads a picture without credentials, and follows no redirect. Throws {@link AttemptFailed}, which does not name the address. */
async function download(
  address: URL,
  limitBytes: number,
  { fetch, clock, signal }: PictureSource,
): Promise<Buffer> {
  const tryOnce = async (limited: AbortSignal): Promise<Buffer> => {
    const headers = { 'user-agent': USER_AGENT, accept: 'image/*' };
    const init = { headers, redirect: 'manual', signal: limited } as const;
    const response = await wrapNetworkErrors(async () => fetch(address.href, init));
    if (response.status !== 200) {
      await wrapNetworkErrors(async () => response.body?.cancel());
      const limits = { retryAfterMs: undefined, limit: undefined };
      throw new AttemptFailed({ kind: 'status', status: response.status, detail: '', ...limits });
    }
    return Buffer.concat(await Array.fromAsync(bodyChunksOf(response, limitBytes)));
  };
  return retry(async () => withTimeout(clock, TIMEOUT_MS, signal, tryOnce), {
    clock,
    signal,
    tries: 2,
    mayRetry: isTransient,
    waitBefore: () => RETRY_AFTER_MS,
  });
}

/** The first bytes of the pictures that models take, as Latin-1. GIF is animated or not. */
const BEGINNINGS: readonly (readonly [RegExp, Picture['type']])[] = [
  // eslint-disable-next-line no-control-regex -- these are the bytes of the format
  [/^\x89PNG\r\n\x1A\n/, 'image/png'],
  [/^\xFF\xD8\xFF/, 'image/jpeg'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF[^]{4}WEBP/, 'image/webp'],
];

function typeOf(bytes: Buffer): Picture['type'] | undefined {
  const beginning = bytes.subarray(0, 12).toString('latin1');
  return BEGINNINGS.find(([pattern]) => pattern.test(beginning))?.[1];
}
