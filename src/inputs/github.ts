import { type PermissionRules, PERMISSIONS } from '../github/permission.ts';
import type { Reader } from './reader.ts';

/** How people on GitHub are told. */
export interface CommentInputs {
  readonly githubToken: string;
  /** Whether the conversation gets a comment. */
  readonly comment: boolean;
  /** The issue or pull request of the comment; absent for that of the event. */
  readonly issueNumber?: number;
}

/** The inputs that are needed to tell people on GitHub. */
export function commentIn(read: Reader): CommentInputs {
  const issueNumber = read.parsed(
    'issue-number',
    'it must be the number of an issue or pull request of this repository',
    issueNumberIn,
    undefined,
  );
  return {
    githubToken: read.given('github-token').value,
    comment: read.boolean('comment'),
    ...(issueNumber !== undefined && { issueNumber }),
  };
}

/** Who may start an agent. */
export function permissionIn(read: Reader): PermissionRules {
  return {
    required: read.choice('require-permission', PERMISSIONS, 'write'),
    allowedBots: read.parsed(
      'allowed-bots',
      'it must be exact logins of bots, separated by commas, such as renovate[bot]',
      botsIn,
      [],
    ),
  };
}

function issueNumberIn(value: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(value) ? Number(value) : undefined;
}

/** People have no brackets in their logins: without them the list would let in whoever takes that name. */
function botsIn(value: string): readonly string[] | undefined {
  const logins = value
    .split(',')
    .map((login) => login.trim())
    .filter((login) => login !== '');
  return logins.every((login) => /^[A-Za-z0-9-]+\[bot\]$/.test(login)) ? logins : undefined;
}
