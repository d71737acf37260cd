import * as v from 'valibot';

import type { Facts } from '../port/conversation.ts';
import type { Session } from '../session/session.ts';
import { firstOf } from '../text/first-of.ts';
import { GitHubFailure } from './failure.ts';
import { isIn, type PullRequest, PullRequestHead, requestAbout } from './pull-request.ts';

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

/** A pull request that may be a conversation's. */
interface NamedPullRequest {
  readonly number: number;
  /** Whether the server lists it for the conversation. If not, only the agent's answer names it. */
  readonly isListed: boolean;
}

/** Which pull requests to look up. */
export interface PullRequestQuery {
  readonly pulls: readonly NamedPullRequest[];
  /** The numbers of those that are not looked up, because there are too many. */
  readonly unread: readonly number[];
  /** When the conversation began, in milliseconds since 1970: older pull requests are not its work. */
  readonly since: number;
}

interface Candidate extends NamedPullRequest {
  readonly found?: FoundPullRequest | undefined;
  /** Whether it was created or pushed to since the conversation began. */
  readonly isRecent: boolean;
  /** Its commits since then; empty if they were not needed. */
  readonly commits: readonly Commit[];
}

/** Where the pull requests of a conversation must be. */
type RepositoryAccess = Pick<PullRequest, 'github' | 'repository'>;

/** A pull request that does not count, and why, as the end of a sentence. */
export interface IgnoredPullRequest {
  readonly pullRequest: number;
  readonly because: string;
}

/** How many pull requests are read. Those that the server lists come first, and of the others those named last. */
const MAX_PULL_REQUESTS = 10;
const MAX_TOLD_NUMBERS = 5;
/** How far the clocks of OpenHands and GitHub may differ. */
const MAX_SKEW_MS = 60_000;

/**
 * Returns the pull requests that may be the conversation's, all in `repository`: those that the server lists, if that is the
 * conversation's repository, and then those that the agent's answers name.
 *
 * @param named the numbers that the answers name, those named last first.
 */
export function queryOf(
  facts: Facts,
  named: readonly number[],
  repository: string,
  { clock, startedAt }: Pick<Session, 'clock' | 'startedAt'>,
): PullRequestQuery {
  const isSameRepository = (facts.repository ?? repository).toLowerCase() === repository.toLowerCase();
  const listed = isSameRepository ? facts.pullRequests : [];
  const all = [...new Set([...listed.toReversed(), ...named])];
  const pulls = all
    .slice(0, MAX_PULL_REQUESTS)
    .map((number) => ({ number, isListed: listed.includes(number) }));
  const stepAgeMs = clock.now() - startedAt;
  // If the server does not say when the conversation began, the start of this step counts.
  const began = facts.createdAt ?? clock.date().getTime() - stepAgeMs;
  return { pulls, unread: all.slice(MAX_PULL_REQUESTS), since: began - MAX_SKEW_MS };
}

/** Says, as the end of a sentence, which pull requests are not looked at; `undefined` if all are. */
export function unreadWords({ unread }: Pick<PullRequestQuery, 'unread'>): string | undefined {
  if (unread.length === 0) return undefined;
  const first = firstOf(unread, MAX_TOLD_NUMBERS, (number) => `#${number}`);
  return `at most ${MAX_PULL_REQUESTS} pull requests are looked at, those named last: ${first} were not`;
}

/**
 * Finds the pull requests that count as a conversation's. One counts if its branch is in the repository itself, and if it was created
 * or pushed to since the conversation began. One that only the agent's answer names must also be the agent's own: it has a commit
 * by {@link AGENT_EMAIL}, or its author also wrote a pull request that the server names, or a commit in it.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function findAgentPullRequests(
  query: PullRequestQuery,
  access: RepositoryAccess,
): Promise<{
  readonly counting: readonly FoundPullRequest[];
  readonly leftOut: readonly IgnoredPullRequest[];
}> {
  const candidates = await Promise.all(query.pulls.map(async (named) => readCandidate(named, query, access)));
  const logins = candidates
    .filter(({ isListed, isRecent }) => isListed && isRecent)
    .flatMap(({ found, commits }) => [
      found?.user,
      ...commits.flatMap((each) => [each.author, each.committer]),
    ])
    .map((person) => person?.login);
  const counting: FoundPullRequest[] = [];
  const leftOut: IgnoredPullRequest[] = [];
  for (const candidate of candidates) {
    const because = whyIgnored(candidate, logins, access);
    if (because !== undefined) leftOut.push({ pullRequest: candidate.number, because });
    else if (candidate.found) counting.push(candidate.found);
  }
  return { counting, leftOut };
}

/**
 * Returns why a pull request does not count, as the end of a sentence; `undefined` if it counts. `logins`: who worked on those that
 * the server lists.
 */
function whyIgnored(
  { found, isListed, isRecent, commits }: Candidate,
  logins: readonly (string | undefined)[],
  { repository }: RepositoryAccess,
): string | undefined {
  if (found === undefined) return 'GitHub does not know it';
  if (!isIn(repository, found.head)) return 'its branch is in another repository';
  if (!isRecent) return 'it is older than the conversation, and nothing was pushed to it since then';
  const isOwn = commits.some(isOfAgent) || (found.user != null && logins.includes(found.user.login));
  return isListed || isOwn
    ? undefined
    : `only the agent's answer names it, its author did not work on the conversation's other pull requests, and none of its commits names ${AGENT_EMAIL}`;
}

async function readCandidate(
  named: NamedPullRequest,
  { pulls, since }: PullRequestQuery,
  { github, repository }: RepositoryAccess,
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
  // Commits show two things: that an older pull request is recent, and who the agent is, by which one that is only named is judged.
  const mustRead = !isCreatedSince || !pulls.every((each) => each.isListed);
  const path = `/commits?per_page=${MAX_COMMITS}`;
  const oldest = mustRead ? await requestAbout(pull, 'read the commits of', path, v.array(Commit)) : [];
  const commits = oldest.filter(({ commit }) => Date.parse(commit.committer?.date ?? '') >= since);
  // There may be newer commits than those that were read: then a pull request that the server lists counts as recent.
  const mayBeRecent = isListed && oldest.length === MAX_COMMITS;
  return { ...named, found, isRecent: isCreatedSince || commits.length > 0 || mayBeRecent, commits };
}

function isOfAgent({ commit: { message, author, committer } }: Commit): boolean {
  const isSigned = [author, committer].some((each) => each?.email?.toLowerCase() === AGENT_EMAIL);
  return (
    isSigned || new RegExp(`^co-authored-by: .*<${RegExp.escape(AGENT_EMAIL)}>\\s*$`, 'im').test(message)
  );
}
