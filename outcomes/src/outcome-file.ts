import { isUtf8 } from 'node:buffer';

import { unzipSync } from 'fflate';
import * as v from 'valibot';

import type { Outcome } from '../../src/port/outcome.ts';
import type { FailureKind } from '../../src/port/problem.ts';
import { parseJson } from '../../src/text/data.ts';

/** The largest file that counts. */
const MAX_BYTES = 4096;
/** The largest archive that counts: the file and what an archive adds. */
export const MAX_ZIP_BYTES = 16 * 1024;
const MAX_COST_USD = 1e9;

type Status = Outcome['status'] | 'unknown';

/** The statuses that an outcome file can have. The types tell if one is missing. */
const STATUSES: Readonly<Record<Status, true>> = {
  running: true,
  finished: true,
  stopped: true,
  skipped: true,
  'needs-input': true,
  error: true,
  stuck: true,
  missing: true,
  paused: true,
  'start-failed': true,
  unreachable: true,
  'over-budget': true,
  'invalid-output': true,
  'not-done': true,
  'checks-failed': true,
  'timed-out': true,
  cancelled: true,
  unknown: true,
};

/** The kinds of failure that an outcome file can have; empty if the step succeeded. */
const KINDS: Readonly<Record<FailureKind | '', true>> = {
  '': true,
  input: true,
  auth: true,
  'not-found': true,
  'rate-limit': true,
  'concurrency-limit': true,
  'daily-limit': true,
  quota: true,
  model: true,
  agent: true,
  sandbox: true,
  network: true,
  server: true,
  github: true,
  timeout: true,
  cancelled: true,
  'needs-input': true,
  paused: true,
  budget: true,
  output: true,
  result: true,
  checks: true,
  unknown: true,
};

/** What the outcome file of a step says. Anybody who can run a workflow can have written it. */
export interface StepOutcome {
  /** One of {@link STATUSES}. */
  readonly status: string;
  /** One of {@link KINDS}. */
  readonly failureKind: string;
  /** `null` if it is not known. */
  readonly costUsd: number | null;
  /** What the conversation had cost before the step; `null` if it is not known. */
  readonly costBeforeUsd: number | null;
  /** Only to compare, never to show; empty if there is no conversation. */
  readonly conversationUrl: string;
  /** The numbers of pull requests of the repository. */
  readonly pullRequests: readonly number[];
}

/** Returns a check that a text is one of the words, which are the keys. */
const wordOf = (words: Readonly<Record<string, true>>): v.GenericSchema<unknown, string> =>
  v.pipe(
    v.string(),
    v.check((word) => Object.hasOwn(words, word)),
  );

const Cost = v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0), v.ltValue(MAX_COST_USD)));

/** The file that `src/step/outcome-file.ts` writes. Later versions may have more members. */
const OutcomeFile = v.object({
  version: v.literal(1),
  status: wordOf(STATUSES),
  'failure-kind': wordOf(KINDS),
  'cost-usd': Cost,
  // Earlier versions do not have it.
  'cost-before-usd': v.optional(Cost, null),
  // No quotes, angle brackets, blanks or controls.
  'conversation-url': v.pipe(v.string(), v.regex(/^(?:https?:\/\/[!#-;=?-~]+)?$/)),
  'pull-request-urls': v.array(v.string()),
});

/** Returns the outcome in an archive; `undefined` if the archive or any value in its file is not as it should be. */
export function stepOutcomeIn(zip: Uint8Array, repositoryUrl: string): StepOutcome | undefined {
  const text = onlyTextIn(zip);
  return text === undefined ? undefined : parseOutcomeFile(text, repositoryUrl);
}

/** Returns the text in an archive with one small file; `undefined` for every other archive. */
function onlyTextIn(zip: Uint8Array): string | undefined {
  if (zip.length > MAX_ZIP_BYTES) return undefined;
  let count = 0;
  try {
    // The library unpacks into as many bytes as the file's size in the archive, and no more, even if that size is wrong.
    const files = unzipSync(zip, {
      filter: ({ originalSize }) => {
        count += 1;
        return count === 1 && originalSize <= MAX_BYTES;
      },
    });
    const [bytes] = Object.values(files);
    return count === 1 && bytes !== undefined && isUtf8(bytes) ? new TextDecoder().decode(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Parses an outcome file; `undefined` if any value is not as it should be.
 *
 * @param repositoryUrl the address of the repository, without a trailing slash
 */
function parseOutcomeFile(text: string, repositoryUrl: string): StepOutcome | undefined {
  const parsed = v.safeParse(OutcomeFile, parseJson(text)?.value);
  if (!parsed.success) return undefined;
  const file = parsed.output;
  const urls = file['pull-request-urls'];
  const pullRequests = urls
    .map((url) => pullRequestIn(url, repositoryUrl))
    .filter((number) => number !== undefined);
  const hasOtherUrls = pullRequests.length < urls.length;
  if (hasOtherUrls) return undefined;
  return {
    status: file.status,
    failureKind: file['failure-kind'],
    costUsd: file['cost-usd'],
    costBeforeUsd: file['cost-before-usd'],
    conversationUrl: file['conversation-url'],
    pullRequests,
  };
}

/** Returns the number of a pull request of the repository; `undefined` for another address. */
function pullRequestIn(url: string, repositoryUrl: string): number | undefined {
  const here = `${repositoryUrl}/pull/`.toLowerCase();
  const number = url.slice(here.length);
  return url.toLowerCase().startsWith(here) && /^[1-9]\d{0,8}$/.test(number) ? Number(number) : undefined;
}
