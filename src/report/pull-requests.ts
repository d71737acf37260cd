import type { PullRequestFacts } from '../github/pull-request-facts.ts';
import type { ShownPullRequest } from '../github/shown-pull-requests.ts';
import { GIT_PROVIDERS, type GitProvider, type Workplace } from '../port/assignment.ts';
import type { Facts } from '../port/conversation.ts';
import { hasConversation } from '../port/outcome.ts';
import type { StepRecord } from '../record/record.ts';
import { lastNamedAddresses, lastNamedPullRequests, pathOnGitHub } from '../text/named-pull-requests.ts';
import { inertHtmlOf } from '../text/safe.ts';
import { wholeAnswerOf } from './answer.ts';

/** The limit of pull requests: an answer that names more of them would fill the outputs, the log and the summary. */
const MAX_REPORTED_PULL_REQUESTS = 100;

/** The provider if neither the server nor the inputs name one: the input's default. */
const DEFAULT_PROVIDER = 'github';

const LAST_SLASH = /\/(?=[^/]*$)/;
/** The path of a pull request's address up to its number, for each provider. */
const PATHS: Readonly<Record<GitProvider, (repository: string) => string>> = {
  github: pathOnGitHub,
  gitlab: (repository) => `${repository}/-/merge_requests/`,
  bitbucket: (repository) => `${repository}/pull-requests/`,
  bitbucket_data_center: (repository) =>
    `projects/${repository.replace(LAST_SLASH, '/repos/')}/pull-requests/`,
  forgejo: (repository) => `${repository}/pulls/`,
  azure_devops: (repository) => `${repository.replace(LAST_SLASH, '/_git/')}/pullrequest/`,
};

/**
 * Returns the addresses of a conversation's pull requests: on GitHub first those that the server lists for it, and with every provider those
 * of the same repository that the agent's answers name, those named last first.
 *
 * @param answers the newest first.
 * @param gitHubUrl GitHub's URL, without a trailing slash.
 */
export function pullRequestUrls(
  { pullRequests, repository: reported, gitProvider: reportedProvider }: Facts,
  answers: readonly string[],
  workplace: Workplace | undefined,
  gitHubUrl: string,
): readonly string[] {
  // An existing conversation may be about another repository than the step's, and on another provider.
  const repository = reported !== undefined && REPOSITORY.test(reported) ? reported : workplace?.repository;
  const providerName = reportedProvider ?? workplace?.gitProvider ?? DEFAULT_PROVIDER;
  const gitProvider = GIT_PROVIDERS.find((each) => each === providerName);
  if (repository === undefined || gitProvider === undefined) return [];
  const path = PATHS[gitProvider](repository);
  if (gitProvider !== 'github')
    return lastNamedAddresses(answers, SOME_SERVER, path).slice(0, MAX_REPORTED_PULL_REQUESTS);
  const numbers = new Set([...pullRequests, ...lastNamedPullRequests(answers, repository, gitHubUrl)]);
  return [...numbers].map((number) => `${gitHubUrl}/${path}${number}`).slice(0, MAX_REPORTED_PULL_REQUESTS);
}

/** Returns the addresses of the pull requests of the step's conversation that are known so far. */
export function pullRequestsOf(record: StepRecord, gitHubUrl: string): readonly string[] {
  const { facts, inputs, outcome, answers } = record;
  const known = outcome !== undefined && hasConversation(outcome) ? outcome.facts : facts;
  const said = [(outcome && wholeAnswerOf(outcome)) ?? '', ...answers];
  return pullRequestUrls(known, said, inputs?.workplace, gitHubUrl);
}

/** At least two segments, which become part of an address: none is `.` or `..`. */
const REPOSITORY = /^(?:(?!\.{1,2}(?:\/|$))[\w.-]+(?:\/(?!$)|$)){2,}$/;

/** A pattern for any server, with or without a path prefix. */
const SOME_SERVER = 'https://[a-z0-9.-]{1,253}(?::\\d{1,5})?(?:/[\\w.~-]{1,100}){0,4}?';

/**
 * Returns an HTML block with a line for each pull request; `undefined` if there is none. Only addresses on GitHub become links: the agent
 * may have written any address.
 */
export function pullRequestsBlock(all: readonly ShownPullRequest[], gitHubUrl: string): string | undefined {
  const lines = all.map(({ url, facts }) => {
    if (!url.startsWith(`${gitHubUrl}/`)) return `Pull request: ${inertHtmlOf(url)}`;
    const link = `<a href="${url}">PR ${numberOf(url)}</a>`;
    return facts === undefined ? link : `${link} ${wordsOf(facts)}`;
  });
  return lines.length === 0 ? undefined : `<p>\n${lines.join('<br>\n')}\n</p>`;
}

function wordsOf({ title, state, added, removed }: PullRequestFacts): string {
  const size = `+${added.toLocaleString('en-US')} −${removed.toLocaleString('en-US')}`;
  // No line begins with a dot.
  return [inertHtmlOf(title), state, size].join('&nbsp;· ');
}

function numberOf(url: string): string {
  return `#${/\d{1,9}$/.exec(url)?.[0] ?? ''}`;
}
