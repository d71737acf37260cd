import * as v from 'valibot';

import type { Problem } from '../conversation/problem.ts';
import { GitHubFailure, isRateLimited } from '../github/failure.ts';
import { isIn, PullRequestHead, requestAbout } from '../github/pull-request.ts';
import { singleLine } from '../text/safe.ts';
import { type ChecksPlace, readChecks } from './check-runs.ts';
import type { HeadWithChecks, IgnoredPullRequest } from './head.ts';

/** Source: "Get a pull request" in https://docs.github.com/rest/pulls/pulls. */
const FoundPullRequest = v.object({
  number: v.number(),
  html_url: v.string(),
  created_at: v.string(),
  user: v.nullish(v.object({ login: v.string() })),
  head: PullRequestHead,
});
type FoundPullRequest = v.InferOutput<typeof FoundPullRequest>;

const Person = v.nullish(v.object({ login: v.optional(v.string()) }));
const Signature = v.nullish(v.object({ email: v.nullish(v.string()), date: v.nullish(v.string()) }));
/** Source: "List commits on a pull request" in https://docs.github.com/rest/pulls/pulls: oldest first. */
const Commit = v.object({
  author: Person,
  committer: Person,
  commit: v.object({ message: v.string(), author: Signature, committer: Signature }),
});
type Commit = v.InferOutput<typeof Commit>;

/** How many commits of a pull request are read: the oldest. */
const MAX_COMMITS = 100;
/** The email of commits by OpenHands agents. */
const AGENT_EMAIL = 'openhands@all-hands.dev';
const MAX_SHOWN_URL = 200;

/** A pull request that may be a conversation's. */
interface NamedPullRequest {
  readonly number: number;
  /** Whether the server lists it for the conversation. If not, only the agent's answer names it. */
  readonly isListed: boolean;
}

export interface ChecksQuery {
  readonly pulls: readonly NamedPullRequest[];
  /** When the conversation began, in milliseconds since 1970: older pull requests are not its work. */
  readonly since: number;
}

interface Candidate extends NamedPullRequest {
  readonly found?: FoundPullRequest | undefined;
  readonly isRecent: boolean;
  /** Its commits since then; empty if they were not needed. */
  readonly commits: readonly Commit[];
}

/**
 * Reads the checks of a conversation's pull requests. A pull request counts if its branch is in the repository itself, and if
 * it was created or pushed to since the conversation began. One that only the agent's answer names must also be the agent's
 * own: it has a commit by {@link AGENT_EMAIL}, or its author also wrote a pull request that the server names, or a commit in it.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function readHeads(
  query: ChecksQuery,
  place: ChecksPlace,
): Promise<{ readonly heads: readonly HeadWithChecks[]; readonly leftOut: readonly IgnoredPullRequest[] }> {
  const candidates = await Promise.all(query.pulls.map(async (named) => readCandidate(named, query, place)));
  const accounts = candidates
    .filter(({ isListed, isRecent }) => isListed && isRecent)
    .flatMap(({ found, commits }) => [
      found?.user,
      ...commits.flatMap((each) => [each.author, each.committer]),
    ])
    .map((person) => person?.login);
  const counting: FoundPullRequest[] = [];
  const leftOut: IgnoredPullRequest[] = [];
  for (const candidate of candidates) {
    const because = whyIgnored(candidate, accounts, place);
    if (because !== undefined) leftOut.push({ pullRequest: candidate.number, because });
    else if (candidate.found) counting.push(candidate.found);
  }
  const heads = counting.map(async ({ number, html_url, head: { sha: commit } }) => ({
    pullRequest: number,
    url: singleLine(html_url, MAX_SHOWN_URL),
    commit,
    ...(await readChecks(commit, place)),
  }));
  return { heads: await Promise.all(heads), leftOut };
}

/** Returns why a pull request does not count, as the end of a sentence; `undefined` if it counts. */
function whyIgnored(
  { found, isListed, isRecent, commits }: Candidate,
  accounts: readonly (string | undefined)[],
  { repository }: ChecksPlace,
): string | undefined {
  if (found === undefined) return 'GitHub does not know it';
  if (!isIn(repository, found.head)) return 'its branch is in another repository';
  if (!isRecent) return 'it is older than the conversation, and nothing was pushed to it since then';
  const isOwn = commits.some(isOfAgent) || (found.user != null && accounts.includes(found.user.login));
  return isListed || isOwn
    ? undefined
    : `only the agent's answer names it, its author did not work on the conversation's other pull requests, and none of its commits names ${AGENT_EMAIL}`;
}

async function readCandidate(
  named: NamedPullRequest,
  { pulls, since }: ChecksQuery,
  { github, repository }: ChecksPlace,
): Promise<Candidate> {
  const { number, isListed } = named;
  const pull = { github, repository, number };
  const found = await requestAbout(pull, 'read', '', FoundPullRequest).catch((error: unknown) => {
    // The agent's answer can name any number.
    if (!isListed && error instanceof GitHubFailure && error.status === 404) return undefined;
    throw error;
  });
  if (found === undefined) return { ...named, isRecent: false, commits: [] };
  const isCreatedSince = Date.parse(found.created_at) >= since;
  // A new pull request that the server lists counts without a read of its commits, unless they may identify others in the answer.
  const mustRead = !isCreatedSince || !pulls.every((each) => each.isListed);
  const path = `/commits?per_page=${MAX_COMMITS}`;
  const listed = mustRead ? await requestAbout(pull, 'read the commits of', path, v.array(Commit)) : [];
  const commits = listed.filter(({ commit }) => Date.parse(commit.committer?.date ?? '') >= since);
  // If the newest commits are not among them, a pull request that the server lists counts.
  const mayBeRecent = isListed && listed.length === MAX_COMMITS;
  return { ...named, found, isRecent: isCreatedSince || commits.length > 0 || mayBeRecent, commits };
}

function isOfAgent({ commit: { message, author, committer } }: Commit): boolean {
  const isSigned = [author, committer].some((each) => each?.email?.toLowerCase() === AGENT_EMAIL);
  return (
    isSigned || new RegExp(`^co-authored-by: .*<${RegExp.escape(AGENT_EMAIL)}>\\s*$`, 'im').test(message)
  );
}

/** Returns the problem of checks that cannot be read. */
export function unreadableChecksProblem(failure: GitHubFailure): Problem {
  const { failedTo, message: because, status } = failure;
  const isRefused = !isRateLimited(failure) && [401, 403].includes(status);
  return {
    failedTo,
    because,
    advice:
      'give the job the permissions checks: read, statuses: read and pull-requests: read, and check that the pull request still exists',
    kind: isRefused ? 'auth' : status === 404 ? 'not-found' : 'github',
  };
}
