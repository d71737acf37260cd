import { type Clock, withDeadline } from '../conversation/clock.ts';
import { GitHubFailure } from '../github/failure.ts';
import { isLoopbackUrl } from '../http/loopback.ts';
import { USER_AGENT } from '../version.ts';

const LOG_MS = 20_000;
/** How much of the end of a log is kept. */
const KEPT_BYTES = 64 * 1024;
/** The largest log that is read. */
const LARGEST_BYTES = 64 * 1024 * 1024;
const TO = 'read the log of a job';

/** What {@link readJobLog} needs. */
export interface LogOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

/**
 * Reads the end of a job's log, in whole lines. GitHub answers with a redirect to the log. It is followed without the token,
 * and only to https.
 * Source: "Download job logs for a workflow run" in https://docs.github.com/rest/actions/workflow-jobs
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function readJobLog(
  options: LogOptions,
  repository: string,
  job: number,
  signal: AbortSignal,
): Promise<string> {
  return withDeadline(options.clock, LOG_MS, signal, async (within) => {
    try {
      const location = await locationOf(
        `${options.apiUrl}/repos/${repository}/actions/jobs/${job}/logs`,
        options,
        within,
      );
      const headers = { 'user-agent': USER_AGENT };
      const answer = await options.fetch(location, { headers, redirect: 'error', signal: within });
      if (answer.status !== 200) throw new GitHubFailure(TO, `HTTP ${answer.status}`, answer.status);
      return await endOf(answer);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof GitHubFailure) throw error;
      const why = within.aborted ? `no answer within ${LOG_MS / 1000} s` : 'it could not be fetched';
      throw new GitHubFailure(TO, why, 0);
    }
  });
}

/** Returns the URL of the log, from the redirect that GitHub answers with. */
async function locationOf(
  address: string,
  { apiUrl, token, fetch }: LogOptions,
  signal: AbortSignal,
): Promise<URL> {
  const headers = {
    authorization: `token ${token}`,
    accept: 'application/vnd.github+json',
    'user-agent': USER_AGENT,
  };
  const response = await fetch(address, { headers, redirect: 'manual', signal });
  await response.body?.cancel();
  const { status } = response;
  if (status !== 302) throw new GitHubFailure(TO, `HTTP ${status}`, status);
  const location = URL.parse(response.headers.get('location') ?? '');
  if (location === null || !isSafe(location, apiUrl))
    throw new GitHubFailure(TO, 'GitHub redirects to an address without https', status);
  return location;
}

/** Whether a redirect may be followed: to https, or in tests from this machine to itself. */
function isSafe({ protocol, href }: URL, apiUrl: string): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackUrl(apiUrl) && isLoopbackUrl(href));
}

async function endOf({ body }: Response): Promise<string> {
  if (body === null) return '';
  const pieces: AsyncIterable<Uint8Array> = body;
  let end = Buffer.alloc(0);
  let size = 0;
  for await (const piece of pieces) {
    size += piece.byteLength;
    if (size > LARGEST_BYTES) throw new GitHubFailure(TO, 'it is larger than 64 MiB', 200);
    end = Buffer.concat([end, piece]).subarray(-KEPT_BYTES);
  }
  const text = end.toString();
  // Drops the first, partial line: it may begin with half a secret, which would not be redacted.
  return size > KEPT_BYTES ? text.slice(text.indexOf('\n') + 1) : text;
}
