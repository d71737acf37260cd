import { literalHtml } from '../text/literal.ts';

/** How many pull requests the first line of a page links. */
const MAX_IN_FIRST_LINE = 5;

/** A pull request of a conversation. */
export interface PullRequest {
  readonly url: string;
  /** Absent if it is not on the workflow's GitHub, or could not be read in time. */
  readonly facts?: PullRequestFacts;
}

/** What GitHub reports about a pull request. */
export interface PullRequestFacts {
  readonly title: string;
  readonly state: 'draft' | 'open' | 'merged' | 'closed';
  /** The number of lines added and removed. */
  readonly added: number;
  readonly removed: number;
}

/** Returns links to the first pull requests, for the first line of a page. */
export function pullRequestLinks(all: readonly PullRequest[], gitHubUrl: string): readonly string[] {
  return inFirstLine(all, gitHubUrl).map(({ url }) => `[PR ${numberOf(url)}](${url})`);
}

/**
 * Returns an HTML block with a line for each pull request that has facts or is not in the first line; `undefined` if there
 * is none. Only addresses on GitHub become links: the agent may have written any address.
 */
export function pullRequestLines(all: readonly PullRequest[], gitHubUrl: string): string | undefined {
  const linked = inFirstLine(all, gitHubUrl);
  const lines = all
    .filter((each) => each.facts !== undefined || !linked.includes(each))
    .map(({ url, facts }) => {
      if (!isLinked(url, gitHubUrl)) return `Pull request: ${literalHtml(url)}`;
      const link = `<a href="${url}">${numberOf(url)}</a>`;
      return facts === undefined ? link : `${link} ${wordsOf(facts)}`;
    });
  return lines.length === 0 ? undefined : `<p>\n${lines.join('<br>\n')}\n</p>`;
}

function wordsOf({ title, state, added, removed }: PullRequestFacts): string {
  const size = `+${added.toLocaleString('en-US')} −${removed.toLocaleString('en-US')}`;
  return [literalHtml(title), state, size].join(' · ');
}

function inFirstLine(all: readonly PullRequest[], gitHubUrl: string): readonly PullRequest[] {
  return all.filter(({ url }) => isLinked(url, gitHubUrl)).slice(0, MAX_IN_FIRST_LINE);
}

function isLinked(url: string, gitHubUrl: string): boolean {
  return url.startsWith(`${gitHubUrl}/`);
}

function numberOf(url: string): string {
  return `#${/\d+$/.exec(url)?.[0] ?? ''}`;
}
