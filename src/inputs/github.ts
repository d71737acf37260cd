import { type Permission, type PermissionRules, PERMISSIONS } from '../github/permission.ts';
import {
  boolean,
  type Checked,
  choice,
  type Given,
  type Optional,
  type Reader,
  readerOf,
  refuse,
  right,
  type Source,
  wrong,
} from './checked.ts';

const STANDARD_PERMISSION = 'triage';

/** How people on GitHub are told. */
export interface CommentInputs {
  readonly githubToken: string;
  /** Whether the conversation gets a comment. */
  readonly comment: boolean;
  /** The issue or pull request of the comment; absent for that of the event. */
  readonly issueNumber?: number;
}

/** The checks of how people are told. */
export interface CommentChecks {
  readonly comment: Checked<boolean>;
  readonly issueNumber: Checked<Optional<'issueNumber', number>>;
}

/** Checks each input of how people are told. */
export function commentChecks(text: Reader): CommentChecks {
  return { comment: boolean(text('comment')), issueNumber: issueNumber(text('issue-number')) };
}

/** How people are told, by checks that have found nothing wrong. */
export function commentIn({ comment, issueNumber }: CommentChecks, githubToken: string): CommentInputs {
  return { githubToken, comment: comment.value(), ...issueNumber.value() };
}

/**
 * Reads and checks the inputs that are needed to tell people on GitHub.
 *
 * @throws {WrongInputs} which names each of them that is wrong.
 */
export function readCommentInputs(source: Source): CommentInputs {
  const text = readerOf(source);
  const checks = commentChecks(text);
  refuse(checks);
  return commentIn(checks, text('github-token').value);
}

/** Who may put an agent to work. */
export function permissionRules(text: Reader): Checked<PermissionRules> {
  const required = permission(text('require-permission'));
  const bots = allowedBots(text('allowed-bots'));
  const problems = [...required.problems, ...bots.problems];
  return problems.length > 0
    ? wrong(...problems)
    : right({ required: required.value(), allowedBots: bots.value() });
}

function permission(given: Given): Checked<Permission> {
  return given.value === '' ? right(STANDARD_PERMISSION) : choice(given, PERMISSIONS);
}

/** People have no brackets in their logins: without them the list would let in whoever takes that name. */
function allowedBots({ value, shown }: Given): Checked<readonly string[]> {
  const logins = value
    .split(',')
    .map((login) => login.trim())
    .filter((login) => login !== '');
  return logins.every((login) => /^[A-Za-z0-9-]+\[bot\]$/.test(login))
    ? right(logins)
    : wrong(
        `allowed-bots is ${shown}: it must be logins of bots, such as renovate[bot], with commas between`,
      );
}

function issueNumber({ value, shown }: Given): Checked<Optional<'issueNumber', number>> {
  if (value === '') return right({});
  return /^[1-9]\d{0,9}$/.test(value)
    ? right({ issueNumber: Number(value) })
    : wrong(`issue-number is ${shown}: it must be the number of an issue or pull request of this repository`);
}
