import { type PermissionRules, PERMISSIONS } from '../github/permission.ts';
import type { Reader } from './reader.ts';

/** The inputs for the comment on GitHub. */
export interface CommentInputs {
  readonly githubToken: string;
  /** Whether the step comments on the issue or pull request. */
  readonly comment: boolean;
  /** The issue or pull request to comment on; absent for that of the event. */
  readonly issueNumber?: number;
}

/** Reads the inputs for the comment. */
export function commentIn(read: Reader): CommentInputs {
  const issueNumber = read.parsed(
    'issue-number',
    'it must be the number of an issue or pull request of this repository',
    (value) => (/^[1-9]\d{0,9}$/.test(value) ? Number(value) : undefined),
    undefined,
  );
  return {
    githubToken: read.given('github-token').value,
    comment: read.boolean('comment'),
    ...(issueNumber !== undefined && { issueNumber }),
  };
}

/** Reads who may start an agent. */
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

/** Parses logins of bots. They must end with `[bot]`: without brackets, a person could register the name. */
function botsIn(value: string): readonly string[] | undefined {
  const logins = value
    .split(',')
    .map((login) => login.trim())
    .filter((login) => login !== '');
  return logins.every((login) => /^[A-Za-z0-9-]+\[bot\]$/.test(login)) ? logins : undefined;
}
