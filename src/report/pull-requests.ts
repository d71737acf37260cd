import type { GitProvider, Workplace } from '../conversation/api.ts';
import type { Facts } from '../conversation/conversation.ts';

/** The path of a pull request's address up to its number, for each provider. */
const PATHS: Readonly<Record<GitProvider, (repository: string) => string>> = {
  github: (repository) => `${repository}/pull/`,
  gitlab: (repository) => `${repository}/-/merge_requests/`,
  bitbucket: (repository) => `${repository}/pull-requests/`,
  bitbucket_data_center: (repository) =>
    `projects/${repository.split('/').slice(0, -1).join('/')}/repos/${lastSegment(repository)}/pull-requests/`,
  forgejo: (repository) => `${repository}/pulls/`,
  azure_devops: (repository) =>
    `${repository.split('/').slice(0, -1).join('/')}/_git/${lastSegment(repository)}/pullrequest/`,
};

/**
 * The addresses of the pull requests that came out of a conversation. On GitHub the conversation names them; where it
 * does not, and elsewhere, those of the same repository that the agent's answer names.
 *
 * @param serverUrl GitHub's address, without a trailing slash.
 */
export function pullRequestUrls(
  { pullRequests, repository: told }: Facts,
  answer: string,
  workplace: Workplace | undefined,
  serverUrl: string,
): readonly string[] {
  if (workplace === undefined) return [];
  const { gitProvider } = workplace;
  // An existing conversation may be about another repository than the step's.
  const repository = told !== undefined && /^[\w.-]+(?:\/[\w.-]+)+$/.test(told) ? told : workplace.repository;
  if (gitProvider === 'github' && pullRequests.length > 0) {
    return [...new Set(pullRequests)].map((number) => `${serverUrl}/${repository}/pull/${number}`);
  }
  const server = gitProvider === 'github' ? escaped(serverUrl) : SOME_SERVER;
  const path = escaped(encodeURI(PATHS[gitProvider](repository)));
  const address = new RegExp(`${server}/${path}\\d{1,9}(?!\\d)`, 'gi');
  return [...new Set(answer.match(address) ?? [])];
}

/** Any server, and a path prefix where it has one. */
const SOME_SERVER = 'https://[a-z0-9.-]+(?::\\d+)?(?:/[\\w.~-]+){0,4}?';

function lastSegment(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
