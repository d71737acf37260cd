import * as v from 'valibot';

import type { PersonMessage } from '../conversation/conversation.ts';
import { type GitHub, ownerAndRepo } from '../github/octokit.ts';
import { type Diff, hunksIn } from './lines.ts';

/** A pull request. */
export interface PullRequestPlace {
  readonly github: GitHub;
  /** `owner/repo`. */
  readonly repository: string;
  readonly pullRequest: number;
}

/** What is reviewed: the head of a pull request, and the lines that its diff shows. */
export interface Head {
  readonly commit: string;
  readonly diff: Diff;
}

const PER_PAGE = 100;
/** GitHub lists 3,000 files at most. Source: "List pull requests files" in https://docs.github.com/rest/pulls/pulls */
const MAX_PAGES = 30;
/** How often the files are read if the head moves meanwhile. */
const TRIES = 3;

const Commit = v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/, 'the hash of a commit was expected'));
const PullRequest = v.object({
  head: v.object({
    sha: Commit,
    // Null if the fork was deleted.
    repo: v.nullish(v.object({ full_name: v.string() })),
  }),
});
const Files = v.array(v.object({ filename: v.string(), patch: v.optional(v.string()) }));

/**
 * Reads the head of a pull request.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function headCommit(
  place: PullRequestPlace,
  signal: AbortSignal,
): Promise<{ readonly commit: string; readonly isElsewhere: boolean }> {
  const { head } = await read('', PullRequest, place, signal);
  const isElsewhere = head.repo?.full_name.toLowerCase() !== place.repository.toLowerCase();
  return { commit: head.sha, isElsewhere };
}

/**
 * Reads the head of a pull request with its diff; `elsewhere` if it is in another repository. The files are those of the head: it
 * is read before and after. If it moves again and again, no line is known to be in its diff.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function headOf(place: PullRequestPlace, signal: AbortSignal): Promise<Head | 'elsewhere'> {
  let { commit, isElsewhere } = await headCommit(place, signal);
  for (let count = 0; count < TRIES; count += 1) {
    if (isElsewhere) return 'elsewhere';
    const before = commit;
    const diff = await diffOf(place, signal);
    ({ commit, isElsewhere } = await headCommit(place, signal));
    if (commit === before) return { commit, diff };
  }
  return { commit, diff: new Map() };
}

async function diffOf(place: PullRequestPlace, signal: AbortSignal): Promise<Diff> {
  const diff = new Map<string, ReturnType<typeof hunksIn>>();
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const files = await read(`/files?per_page=${PER_PAGE}&page=${page}`, Files, place, signal);
    for (const { filename, patch = '' } of files) diff.set(filename, hunksIn(patch));
    if (files.length < PER_PAGE) break;
  }
  return diff;
}

async function read<T>(
  path: string,
  answer: v.GenericSchema<unknown, T>,
  { github, repository, pullRequest }: PullRequestPlace,
  signal: AbortSignal,
): Promise<T> {
  return github.rest({
    to: `read pull request #${pullRequest}`,
    route: `GET /repos/{owner}/{repo}/pulls/{pull_number}${path}`,
    parameters: { ...ownerAndRepo(repository), pull_number: pullRequest },
    answer,
    signal,
  });
}

/** Adds to a message which commit of the pull request the agent must look at. */
export function withHead(message: string, pullRequest: number, { commit }: Pick<Head, 'commit'>): string {
  return `${message}

Review of pull request #${pullRequest}, commit ${commit}
Look at the files as they are at that commit, and count lines in them from 1. A program posts your answer: post no comment and no review yourself.`;
}

const HEAD_LINE = /^Review of pull request #(\d{1,10}), commit ([0-9a-f]{40,64})$/gm;

/**
 * Returns the commit that the newest message about the pull request names; `undefined` if none does. Texts of others in a message
 * come before our own line, so the last one counts.
 *
 * @param messages newest first.
 */
export function commitAsked(messages: readonly PersonMessage[], pullRequest: number): string | undefined {
  for (const { text = '' } of messages) {
    const [, number, commit] = [...text.matchAll(HEAD_LINE)].at(-1) ?? [];
    if (commit !== undefined) return Number(number) === pullRequest ? commit : undefined;
  }
  return undefined;
}
