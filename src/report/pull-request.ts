import { literalHtml } from './words.ts';

/** More in the first line are not read. */
const MOST_IN_FIRST_LINE = 5;

/** A pull request that came out of a conversation. */
export interface PullRequest {
  readonly url: string;
  /** Absent if it is not on the workflow's GitHub, or could not be read in time. */
  readonly facts?: PullRequestFacts;
}

/** How a pull request stands. */
export interface PullRequestFacts {
  readonly title: string;
  readonly state: 'draft' | 'open' | 'merged' | 'closed';
  /** How many lines it adds and removes. */
  readonly added: number;
  readonly removed: number;
}

/** The links to the first of them, for the first line of a page. */
export function pullRequestLinks(all: readonly PullRequest[], serverUrl: string): readonly string[] {
  return inFirstLine(all, serverUrl).map(({ url }) => `[PR ${numberOf(url)}](${url})`);
}

/**
 * A block of HTML with a line for each of which more is to be told than the first line does; `undefined` if there is none.
 * An address that the agent wrote may lead anywhere: only one on GitHub is a link.
 */
export function pullRequestLines(all: readonly PullRequest[], serverUrl: string): string | undefined {
  const told = inFirstLine(all, serverUrl);
  const lines = all
    .filter((each) => each.facts !== undefined || !told.includes(each))
    .map(({ url, facts }) => {
      if (!isLinked(url, serverUrl)) return `Pull request: ${literalHtml(url)}`;
      const link = `<a href="${url}">${numberOf(url)}</a>`;
      return facts === undefined ? link : `${link} ${wordsOf(facts)}`;
    });
  return lines.length === 0 ? undefined : `<p>\n${lines.join('<br>\n')}\n</p>`;
}

function wordsOf({ title, state, added, removed }: PullRequestFacts): string {
  const size = `+${added.toLocaleString('en-US')} −${removed.toLocaleString('en-US')}`;
  return [literalHtml(title), state, size].join(' · ');
}

function inFirstLine(all: readonly PullRequest[], serverUrl: string): readonly PullRequest[] {
  return all.filter(({ url }) => isLinked(url, serverUrl)).slice(0, MOST_IN_FIRST_LINE);
}

function isLinked(url: string, serverUrl: string): boolean {
  return url.startsWith(`${serverUrl}/`);
}

function numberOf(url: string): string {
  return `#${/\d+$/.exec(url)?.[0] ?? ''}`;
}
