import * as v from 'valibot';

import { catchGitHubFailure, GitHubFailure } from '../github/failure.ts';
import { ownerAndRepo } from '../github/octokit.ts';
import type { PullRequest } from '../github/pull-request.ts';
import type { Runner } from '../github/runner.ts';
import { MAX_FINDING_CHARACTERS } from '../message/asked-review.ts';
import { parseJson } from '../text/data.ts';
import { firstWithin } from '../text/first-within.ts';
import { withoutMarker } from '../text/marker.ts';
import { shorten, stripInvisible } from '../text/safe.ts';
import { withoutHidden } from '../text/without-hidden.ts';
import { type Finding, type Findings, MAX_THREADS } from './findings.ts';
import { withoutSuggestion } from './suggestion.ts';
import type { ThreadCounts } from './words.ts';

/** The size of all threads that the agent is told of. */
const MAX_TOLD_BYTES = 16 * 1024;
/** The agent can start without the threads, so they delay its start no longer than this. */
const MAX_THREADS_READ_MS = 10_000;

/** GraphQL, because REST does not say which threads are resolved. */
const FIND_THREADS = `query ($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) { pullRequest(number: $number) { reviewThreads(last: ${MAX_THREADS}) { totalCount nodes {
    isResolved isOutdated path line originalLine comments(first: 1) { nodes { body url viewerDidAuthor } }
  } } } }
}`;
const nodesOf = <T>(node: v.GenericSchema<unknown, T>) => v.object({ nodes: v.array(node) });
/** The address has the id: `databaseId` has only 32 bits. */
const Address = v.pipe(v.string(), v.regex(/#discussion_r\d{1,15}$/, 'the address of a comment is needed'));
/** Source: PullRequestReviewThread in https://docs.github.com/graphql/reference/objects. An outdated one has no line. */
const Node = v.object({
  isResolved: v.boolean(),
  isOutdated: v.boolean(),
  path: v.string(),
  line: v.nullish(v.number()),
  originalLine: v.nullish(v.number()),
  comments: nodesOf(v.object({ body: v.string(), url: Address, viewerDidAuthor: v.boolean() })),
});
const Threads = v.object({ totalCount: v.number(), ...nodesOf(Node).entries });
const Data = v.object({ repository: v.object({ pullRequest: v.object({ reviewThreads: Threads }) }) });

/** A thread that an earlier review of this action began, with id and text of its first comment, which others may have edited. */
export interface ReviewThread extends Omit<v.InferOutput<typeof Node>, 'comments'>, Told {
  readonly body: string;
}

/** Returns whether a text ends in a marker that this key has signed; `undefined` if in none. */
export type IsSigned = (text: string) => boolean | undefined;

/**
 * Reads the threads that earlier reviews of this action began on a pull request: open ones first, then the newest first. `undefined` if
 * they cannot be read in time. Logs that, and which ones are not read.
 *
 * @throws the signal's reason once aborted.
 */
export async function readThreads(
  { github, repository, number }: PullRequest,
  isSigned: IsSigned,
  runner: Pick<Runner, 'info'>,
): Promise<readonly ReviewThread[] | undefined> {
  const goal = `read the review threads of pull request #${number}`;
  const variables = { ...ownerAndRepo(repository), number };
  const query = { goal, query: FIND_THREADS, variables, shape: Data, limitMs: MAX_THREADS_READ_MS };
  const found = await catchGitHubFailure(github.graphql(query));
  if (found instanceof GitHubFailure) {
    runner.info(`Failed to ${goal}: ${found.message}. The review may repeat earlier findings`);
    return undefined;
  }
  const { totalCount, nodes } = found.repository.pullRequest.reviewThreads;
  if (totalCount > nodes.length)
    runner.info(
      `Pull request #${number} has ${totalCount} review threads, of which only the newest ${nodes.length} are read: the review may repeat earlier findings`,
    );
  const threads = nodes.flatMap(({ comments, ...thread }) =>
    comments.nodes.map(({ url, ...first }) => ({
      ...thread,
      ...first,
      // The id is at the end of the address.
      comment: Number(/\d{1,15}$/.exec(url)),
    })),
  );
  // `false`: the marker is another key's. `undefined`: there is none.
  const marked = threads.filter(({ body }) => isSigned(body) !== undefined);
  const own = marked.filter(({ body, viewerDidAuthor }) => viewerDidAuthor && isSigned(body));
  if (own.length < marked.length) runner.info('Earlier reviews with another key or token are ignored');
  // GitHub lists the oldest first.
  return own.toReversed().toSorted((a, b) => Number(a.isResolved) - Number(b.isResolved));
}

/** Returns the threads for the agent, one a line as JSON: as many of the first as fit. */
export function describeThreads(threads: readonly ReviewThread[]): string {
  const all = threads.map(({ comment, path, line, originalLine, isOutdated, isResolved, body }, index) => {
    const shown = {
      path: stripInvisible(path),
      text: shorten(withoutHidden(findingTextIn(body)), MAX_FINDING_CHARACTERS),
    };
    return { number: index + 1, comment, ...shown, line: line ?? originalLine, isOutdated, isResolved };
  });
  const told = firstWithin(MAX_TOLD_BYTES, all);
  return told.map((each) => JSON.stringify(each)).join('\n');
}

/** What is known of a thread that an agent was told of. `comment`: the id of its first comment. */
const Told = v.object({ comment: v.pipe(v.number(), v.safeInteger()), isResolved: v.boolean() });
export type Told = v.InferOutput<typeof Told>;

/** Reads what {@link describeThreads} has written, in the order of the numbers; `undefined` if that is not possible. */
export function toldIn(lines: string): readonly Told[] | undefined {
  const parsed = parseJson(`[${lines.replaceAll('\n', ',')}]`)?.value;
  const { success, output } = v.safeParse(v.array(Told), parsed);
  return success ? output : undefined;
}

/** What is known of earlier reviews: their threads as they are now, and those that the agent was told of. */
export interface Memory {
  /** The open ones first, then the newest first. */
  readonly threads: readonly ReviewThread[];
  readonly told: readonly Told[];
}

/** The findings of an answer that repeat none of earlier reviews, and the threads that the others repeat. */
export interface Compared {
  readonly fresh: Findings;
  readonly repeated: readonly ReviewThread[];
}

/**
 * Separates the findings that an earlier review has posted (on the same file, in the same words) from the fresh ones. Returns the fresh
 * ones, and the threads that the others repeat. `threads`: the open ones first. `textOf`: the comment of a finding, as posted.
 */
export function findRepeats(
  answer: Findings,
  threads: readonly ReviewThread[],
  textOf: (finding: Finding) => string,
): Compared {
  const known = Map.groupBy(threads, ({ path, body }) => sameTextKey(path, body));
  /** For each finding, the threads with its text; `undefined` if there are none. */
  const matches = answer.findings.map((finding) => known.get(sameTextKey(finding.path, textOf(finding))));
  const fresh = { ...answer, findings: answer.findings.filter((_, index) => matches[index] === undefined) };
  // Of the threads with one text, keeps all open ones. If none is open, keeps the first, which is resolved.
  const repeated = [...new Set(matches)].flatMap((same = []) =>
    same.filter(({ isResolved }, index) => index === 0 || !isResolved),
  );
  return { fresh, repeated };
}

/** Counts what has become of the threads of earlier reviews: an open one is still open if the agent has named or repeated it. */
export function countThreads({ fresh, repeated }: Compared, { threads, told }: Memory): ThreadCounts {
  // A thread counts as open if it was when the agent was told of it, and nobody has resolved or deleted it since.
  const openNow = new Set(threads.filter(({ isResolved }) => !isResolved).map(({ comment }) => comment));
  const isOpen = ({ comment, isResolved }: Told): boolean => !isResolved && openNow.has(comment);
  const named = told.filter((_, index) => fresh.still_open?.includes(index + 1));
  const stillOpen = new Set([...named, ...repeated].filter(isOpen).map(({ comment }) => comment));
  const isOtherOpen = (each: Told): boolean => isOpen(each) && !stillOpen.has(each.comment);
  const toldComments = new Set(told.map(({ comment }) => comment));
  return {
    fresh: fresh.findings.length + fresh.missing,
    stillOpen: [...stillOpen],
    rest: told.filter(isOtherOpen).length,
    // Whoever names only numbers that do not exist has judged nothing.
    isJudged: fresh.still_open?.length === 0 || named.length > 0,
    untold: threads.filter((each) => isOtherOpen(each) && !toldComments.has(each.comment)).length,
    resolved: repeated.filter(({ isResolved }) => isResolved).length,
  };
}

/** Returns what is the same for a comment that is posted again: not its first line, suggestion, marker and white space. */
function sameTextKey(path: string, body: string): string {
  return JSON.stringify([path, findingTextIn(body).replace(/^.*/, '').replaceAll(/\s/g, '')]);
}

/** Returns the comment of a finding without suggestion and marker. */
function findingTextIn(body: string): string {
  return withoutSuggestion(withoutMarker(body));
}
