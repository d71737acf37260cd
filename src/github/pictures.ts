import * as v from 'valibot';

import { bodyChunksOf, wrapNetworkErrors } from '../http/answer.ts';
import { withTimeout } from '../http/exchange.ts';
import { AttemptFailed, failureReason, isTransient } from '../http/request-failure.ts';
import { retry } from '../http/retry.ts';
import { type LeftOutReason, type PicturesOf, sentIn, type Upload, uploadsIn } from '../message/pictures.ts';
import type { Inserted } from '../message/template.ts';
import type { Picture } from '../port/assignment.ts';
import { withDeadline } from '../port/clock.ts';
import { USER_AGENT } from '../version.ts';
import type { World } from '../world.ts';
import type { WorkflowEvent } from './event.ts';
import { catchGitHubFailure, GitHubFailure } from './failure.ts';
import { type GitHubClient, ownerAndRepo } from './octokit.ts';
import { checkPicture, type NoPicture } from './picture-file.ts';

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
  readonly uploads: readonly Upload[];
}

/** What it takes to read pictures. */
export interface PictureSource extends Pick<World, 'fetch' | 'clock'> {
  readonly event: Pick<WorkflowEvent, 'repository' | 'textPaths'>;
  readonly github: GitHubClient;
  readonly signal: AbortSignal;
}

/** Pictures in their order, and what became of those of each text. */
export interface ReadPictures {
  readonly pictures: readonly Picture[];
  readonly all: readonly PicturesOf[];
  /** The first request that has failed. */
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
    if (path === undefined) return [];
    const uploads = uploadsIn(text.text, gitHubUrl);
    return uploads.length === 0 ? [] : [{ ...text, path, uploads }];
  });
}

/** Reads the pictures of texts, within a time limit for all. Never fails for a picture; throws only the signal's reason. */
export async function readPictures(
  texts: readonly PicturedText[],
  source: PictureSource,
): Promise<ReadPictures> {
  source.signal.throwIfAborted();
  return withDeadline(source.clock, LIMIT_MS, source.signal, async (limited) =>
    readUntilLate(texts, source, limited),
  );
}

/** The reading of pictures: what it takes, and what it has shown so far. */
interface Reading {
  readonly source: PictureSource;
  /** Aborted once what is not there yet is late. */
  readonly limited: AbortSignal;
  readonly pictures: Picture[];
  /** How many uploads were looked at. */
  looked: number;
  failure?: GitHubFailure;
}

/** Reads one picture after the other. Those that are not there once `limited` is aborted are late. */
async function readUntilLate(
  texts: readonly PicturedText[],
  source: PictureSource,
  limited: AbortSignal,
): Promise<ReadPictures> {
  const reading: Reading = { source, limited, pictures: [], looked: 0 };
  const all: PicturesOf[] = [];
  for (const text of texts) {
    // A reply quotes what was sent already.
    const sent = all.flatMap(sentIn);
    const uploads = text.uploads.filter(({ id }) => !sent.includes(id));
    if (uploads.length > 0) all.push(await readText(text, uploads, reading));
  }
  const { pictures, failure } = reading;
  return { pictures, all, ...(failure && { failure }) };
}

/** Reads the pictures of some uploads in a text, and returns what became of them. */
async function readText(
  text: PicturedText,
  uploads: readonly Upload[],
  reading: Reading,
): Promise<PicturesOf> {
  // GitHub signs no old address.
  const signed = uploads.every(({ isOld }) => isOld)
    ? 'old'
    : isFull(reading)
      ? 'too-many'
      : await readInTime(reading, async (source) => readSigned(text.path, source));
  const pictures: PicturesOf['pictures'][number][] = [];
  for (const { id, isOld } of uploads) {
    const known = isOld ? 'old' : signed;
    const read = typeof known === 'string' ? known : await readUpload(known.get(id), reading);
    if (typeof read === 'string') pictures.push({ id, leftOut: read });
    else {
      reading.pictures.push(read);
      pictures.push({ id });
    }
  }
  return { text, pictures };
}

/** Reads the picture of an upload, or returns why not. `address`: its signed one; `undefined` if GitHub shows none. */
async function readUpload(address: URL | undefined, reading: Reading): Promise<Picture | LeftOutReason> {
  if (address === undefined) return 'gone';
  if (isFull(reading)) return 'too-many';
  reading.looked += 1;
  const left = MAX_BYTES - reading.pictures.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  return readInTime(reading, async (source) => readPicture(address, left, source));
}

function isFull({ pictures, looked }: Reading): boolean {
  return pictures.length === MAX_PICTURES || looked === MAX_UPLOADS;
}

/** Reads something unless it is late, and keeps the first failure. Throws only the reason of the signal of all the work. */
async function readInTime<T>(
  reading: Reading,
  read: (limited: PictureSource) => Promise<T>,
): Promise<T | 'unread' | 'late'> {
  const { source, limited } = reading;
  if (limited.aborted) return 'late';
  const result = await catchGitHubFailure(read({ ...source, signal: limited })).catch((error: unknown) => {
    if (!limited.aborted) throw error;
    return 'late' as const;
  });
  source.signal.throwIfAborted();
  if (!(result instanceof GitHubFailure)) return result;
  reading.failure ??= result;
  return 'unread';
}

const Rendered = v.object({ body_html: v.nullish(v.string()) });

/** The only host from which pictures are read. The address is a secret for five minutes, so nothing shows it. */
const HOST = 'private-user-images.githubusercontent.com';
const SIGNED = new RegExp(String.raw`https://${HOST.replaceAll('.', '\\.')}/[^"'\s<>]{1,4000}`, 'g');
/** The name of a picture ends with the id of the upload. */
const NAME = /^\/\d+\/\d+-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[a-z0-9]{1,5}$/i;

/** Reads the signed addresses of the pictures in a text, which GitHub gives only in the rendered text. They are valid for five minutes. */
async function readSigned(
  path: string,
  { github, event, signal }: PictureSource,
): Promise<ReadonlyMap<string, URL>> {
  const { body_html: html } = await github.during(signal).rest({
    goal: 'read the pictures',
    route: `GET /repos/{owner}/{repo}/${path}`,
    parameters: {
      ...ownerAndRepo(event.repository),
      headers: { accept: 'application/vnd.github.full+json' },
    },
    shape: Rendered,
    limitMs: LIMIT_MS,
  });
  return signedAddressesIn(html ?? '');
}

/** Returns the signed addresses of the pictures in a rendered text, by the ids of the uploads. */
export function signedAddressesIn(html: string): ReadonlyMap<string, URL> {
  const found = [...html.matchAll(SIGNED)]
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

/** Reads a picture; returns why it cannot go with the message. Throws {@link GitHubFailure}, which does not name the address. */
async function readPicture(
  address: URL,
  limitBytes: number,
  source: PictureSource,
): Promise<Picture | 'too-large' | NoPicture> {
  try {
    return checkPicture(await download(address, limitBytes, source));
  } catch (error) {
    if (!(error instanceof AttemptFailed)) throw error;
    const { failure } = error;
    if (failure.kind === 'too-large') return 'too-large';
    // No status: a host that refuses does not mean that a permission is missing.
    throw new GitHubFailure('read a picture', `${HOST}: ${failureReason(failure)}`, 0);
  }
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
