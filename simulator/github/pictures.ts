import { createHash } from 'node:crypto';

import type { Clock } from '../clock.ts';
import { listen, type Listening, type Received, type Served, servedAt } from '../listen.ts';
import { json, type Reply } from '../reply.ts';
import { type Denial, type GithubCall, notAccessible } from './rest.ts';

/** A text of an issue, pull request, comment or review, by its path below the repository, such as `issues/1` or `issues/comments/5`. */
export type SimulatedTexts = Readonly<Record<string, string>>;

/** What people have uploaded: the bytes by the UUID. */
export type SimulatedUploads = Readonly<Record<string, Buffer>>;

/** A received request for a picture. */
export interface PictureRequest {
  readonly upload: string;
  readonly headers: Readonly<Record<string, string>>;
  /** 0 without an answer. */
  readonly status: number;
}

export const PICTURE_HOST = 'private-user-images.githubusercontent.com';
const ORIGIN = `https://${PICTURE_HOST}`;
const OWNER = 583_231;
/** How long a signed address is valid. */
const VALID_MS = 300_000;
const UPLOAD = /https:\/\/github\.com\/user-attachments\/assets\/([0-9a-f-]{36})/gi;
const SIGNED = /^\/583231\/\d+-([0-9a-f-]{36})\.png\?jwt=(\d+)\.([0-9a-f]{16})$/;

interface TextWorld {
  readonly texts: SimulatedTexts | undefined;
  readonly uploads: SimulatedUploads;
  readonly denied: readonly Denial[];
  readonly repository: string;
  readonly clock: Clock;
}

function signatureOf(upload: string, until: string): string {
  return createHash('sha256').update(`${upload} ${until}`).digest('hex').slice(0, 16);
}

function signedAddressOf(upload: string, now: number): string {
  const until = String(Math.round(now + VALID_MS));
  const id = 400_000_000 + (Number.parseInt(upload.slice(0, 6), 16) || 0);
  return `${ORIGIN}/${OWNER}/${id}-${upload}.png?jwt=${until}.${signatureOf(upload, until)}`;
}

/** Renders a text as GitHub does, as far as its pictures go: those that exist get signed addresses. */
function render(text: string, { uploads, clock }: TextWorld): string {
  const addresses = text.replaceAll(UPLOAD, (address, upload: string) =>
    uploads[upload.toLowerCase()] === undefined
      ? address
      : signedAddressOf(upload.toLowerCase(), clock.now()),
  );
  const images = addresses.replaceAll(
    /!\[((?:[^[\]\\]|\\.|\[[^[\]]*\])*)\]\(([^\s)]+)\)/g,
    (_, alt: string, address: string) =>
      `<a target="_blank" rel="noopener noreferrer" href="${address}"><img src="${address}" alt="${alt}" style="max-width: 100%;"></a>`,
  );
  return `<p dir="auto">${images}</p>`;
}

/**
 * Answers a request for a text with the media type that renders it; `undefined` for any other request.
 * Source: https://docs.github.com/rest/issues/issues ("Custom media types"). Signed addresses: seen on github.com.
 */
export function answerText(call: GithubCall, world: TextWorld): Reply | undefined {
  const prefix = `/repos/${world.repository}/`;
  if (call.method !== 'GET' || !call.accept.includes('full+json') || !call.path.startsWith(prefix))
    return undefined;
  const path = call.path.slice(prefix.length);
  const text = world.texts?.[path];
  if (text === undefined) return undefined;
  if (world.denied.includes(path.startsWith('pulls/') ? 'pull-requests' : 'issues')) return notAccessible();
  return json(200, { id: 1, body: text, body_html: render(text, world) });
}

/** The pictures of a simulated GitHub, and their host. */
export interface PictureHost extends Listening {
  readonly uploads: SimulatedUploads;
  readonly requests: readonly PictureRequest[];
}

/** Returns what comes back in place of the right answer; `undefined` if nothing is wrong. */
type Spoil = (received: Received, right: () => Reply) => Served | undefined;

/** Starts the host of the pictures, which only this process reaches; without any, there is none. Credentials are refused. */
export async function startPictureHost(
  clock: Clock,
  spoiled: Spoil,
  uploads: SimulatedUploads = {},
): Promise<PictureHost> {
  const requests: PictureRequest[] = [];
  const serve = async (received: Received): Promise<Served> => {
    const { target, headers } = received;
    const [, upload = '', until = '', signature] = SIGNED.exec(target) ?? [];
    const answer = (): Reply => {
      const isSigned = signature === signatureOf(upload, until) && Number(until) > clock.now();
      const bytes = isSigned ? uploads[upload] : undefined;
      if (headers['authorization'] !== undefined) return plain(400, 'Bad Request');
      return bytes === undefined ? plain(404, 'Not Found') : { ...plain(200, bytes), type: 'image/png' };
    };
    const served = spoiled(received, answer) ?? servedAt(clock, answer());
    requests.push({ upload, headers, status: served.kind === 'reply' ? served.status : 0 });
    return Promise.resolve(served);
  };
  const nowhere = { url: ORIGIN, close: async () => Promise.resolve() };
  const listening = Object.keys(uploads).length === 0 ? nowhere : await listen({ origin: ORIGIN }, serve);
  return { ...listening, uploads, requests };
}

function plain(status: number, body: string | Buffer): Reply {
  return { status, type: 'text/plain', headers: {}, body };
}
