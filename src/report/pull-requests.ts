import type { Facts } from '../conversation/conversation.ts';
import { GIT_PROVIDERS, type GitProvider, type Workplace } from '../conversation/workplace.ts';
import type { StepRecord } from '../record.ts';
import { answerIn } from './answer.ts';

/** No answer is about more; one that names more would fill outputs, log and summary. */
const MOST = 100;

/** What a repository is on if nobody says it: that of the input. */
const STANDARD_PROVIDER = 'github';

const LAST_SLASH = /\/(?=[^/]*$)/;
/** The path of a pull request's address up to its number, for each provider. */
const PATHS: Readonly<Record<GitProvider, (repository: string) => string>> = {
  github: (repository) => `${repository}/pull/`,
  gitlab: (repository) => `${repository}/-/merge_requests/`,
  bitbucket: (repository) => `${repository}/pull-requests/`,
  bitbucket_data_center: (repository) =>
    `projects/${repository.replace(LAST_SLASH, '/repos/')}/pull-requests/`,
  forgejo: (repository) => `${repository}/pulls/`,
  azure_devops: (repository) => `${repository.replace(LAST_SLASH, '/_git/')}/pullrequest/`,
};

/**
 * The addresses of the pull requests that came out of a conversation. On GitHub the conversation names them; if it
 * does not, and elsewhere, those of the same repository that the agent's answer names.
 *
 * @param serverUrl GitHub's address, without a trailing slash.
 */
export function pullRequestUrls(
  { pullRequests, repository: told, gitProvider: toldProvider }: Facts,
  answer: string,
  workplace: Workplace | undefined,
  serverUrl: string,
): readonly string[] {
  // An existing conversation may be about another repository than the step's, and on another provider.
  const repository = told !== undefined && REPOSITORY.test(told) ? told : workplace?.repository;
  const named = toldProvider ?? workplace?.gitProvider ?? STANDARD_PROVIDER;
  const gitProvider = GIT_PROVIDERS.find((each) => each === named);
  if (repository === undefined || gitProvider === undefined) return [];
  const path = PATHS[gitProvider](repository);
  if (gitProvider !== 'github') return namedIn(answer, SOME_SERVER, path).slice(0, MOST);
  const numbers = new Set(pullRequests.length > 0 ? pullRequests : numbersIn(answer, repository, serverUrl));
  return [...numbers].map((number) => `${serverUrl}/${path}${number}`).slice(0, MOST);
}

/** The pull requests of a repository on GitHub that a text names by their addresses, once each. */
export function numbersIn(text: string, repository: string, serverUrl: string): readonly number[] {
  const urls = namedIn(text, RegExp.escape(serverUrl), PATHS.github(repository));
  return [...new Set(urls.map((url) => Number(/\d+$/.exec(url)?.[0])))].slice(0, MOST);
}

/** The pull requests of a step's conversation, as far as they are known. */
export function pullRequestsOf({ facts, inputs, outcome }: StepRecord, serverUrl: string): readonly string[] {
  const known = outcome !== undefined && 'facts' in outcome ? outcome.facts : facts;
  return pullRequestUrls(known, (outcome && answerIn(outcome)) ?? '', inputs?.workplace, serverUrl);
}

const REPOSITORY = /^(?:(?!\.{1,2}(?:\/|$))[\w.-]+(?:\/(?!$)|$)){2,}$/;

/** The addresses in a text that lead to a number below the path, once each. */
function namedIn(text: string, server: string, path: string): readonly string[] {
  const address = new RegExp(`${server}/${RegExp.escape(encodeURI(path))}\\d{1,9}(?!\\d)`, 'gi');
  return [...new Set(text.match(address) ?? [])];
}

/** Any server, and a path prefix if it has one. */
const SOME_SERVER = 'https://[a-z0-9.-]{1,253}(?::\\d{1,5})?(?:/[\\w.~-]{1,100}){0,4}?';
