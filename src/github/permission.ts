import * as v from 'valibot';

import type { Problem } from '../port/problem.ts';
import type { WorkflowEvent } from './event.ts';
import { catchGitHubFailure, GitHubFailure } from './failure.ts';
import { type GitHub, ownerAndRepo } from './octokit.ts';

/** The permissions of an account in a repository, from the lowest to the highest. */
export const PERMISSIONS = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface PermissionRules {
  readonly required: Permission;
  /** Bots that pass, by their exact logins, such as `renovate[bot]`. A person with such a login does not pass by it. */
  readonly allowedBots: readonly string[];
}

/** Why those who triggered an event may not start an agent. `because`: as the end of a sentence. */
export type Refusal =
  | { readonly kind: 'not-permitted'; readonly because: string }
  /** It is not known who they are. */
  | { readonly kind: 'unknown'; readonly problem: Problem };

/**
 * Events that need no check: only people with write access, or the repository's own workflows, can trigger them.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
 */
const UNCHECKED_EVENTS: readonly string[] = [
  'schedule',
  'push',
  'workflow_dispatch',
  'repository_dispatch',
  'merge_group',
  'release',
];

/**
 * A login of a person, a managed user or an app. On GitHub Enterprise Server, external authentication can make it longer than
 * GitHub.com's 39 characters.
 * Source: https://docs.github.com/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
 */
const LOGIN = /^[\w-]{1,100}(?:\[bot\])?$/;

/**
 * Checks everybody who helped trigger the event, before any request that starts, messages or resumes an agent. Returns why
 * not if somebody does not pass. Throws {@link GitHubFailure} if a permission cannot be read, or the signal's reason once aborted.
 */
export async function checkPermission(
  event: WorkflowEvent,
  rules: PermissionRules,
  github: GitHub,
): Promise<Refusal | undefined> {
  if (UNCHECKED_EVENTS.includes(event.name)) return undefined;
  for (const login of event.actors) {
    const refusal = await checkAccount(login, event, rules, github);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Asks GitHub for the permission of one account, unless it is not needed. Returns why the account does not pass; `undefined` if it does. */
async function checkAccount(
  login: string,
  { name, repository, senderBot }: WorkflowEvent,
  rules: PermissionRules,
  github: GitHub,
): Promise<Refusal | undefined> {
  const isBot = login.endsWith('[bot]') || login === senderBot;
  if (rules.required === 'none' && !isBot) return undefined;
  if (!LOGIN.test(login)) {
    const problem: Problem = {
      failedTo: 'check who triggered the event',
      because: `the event ${name} does not say who triggered it, or names no login that is valid on GitHub`,
      advice: 'run this action in a workflow of GitHub Actions',
      kind: 'github',
    };
    return { kind: 'unknown', problem };
  }
  // A bot's role does not count: whoever can make the bot act, such as by a comment, would act with that role.
  const permission = isBot ? 'bot' : await readPermission(login, repository, github);
  const because = whyRefused(login, repository, permission, rules);
  return because === undefined ? undefined : { kind: 'not-permitted', because };
}

/** Returns why an account with this permission does not pass, as the end of a sentence; `undefined` if it does. */
function whyRefused(
  login: string,
  repository: string,
  permission: Permission | 'bot',
  { required, allowedBots }: PermissionRules,
): string | undefined {
  if (permission === 'bot')
    return allowedBots.includes(login) ? undefined : `${login} is a bot, and allowed-bots does not name it`;
  if (PERMISSIONS.indexOf(permission) >= PERMISSIONS.indexOf(required)) return undefined;
  return `the permission of ${login} in ${repository} is ${permission}, and require-permission asks for ${required}`;
}

/** An absent flag counts as false. */
const FalseIfAbsent = v.optional(v.boolean(), false);
const Flags = v.object({
  pull: FalseIfAbsent,
  triage: FalseIfAbsent,
  push: FalseIfAbsent,
  maintain: FalseIfAbsent,
  admin: FalseIfAbsent,
});

/**
 * Source: "Get repository permissions for a user" in https://docs.github.com/rest/collaborators/collaborators. `permission`
 * has only four values: `write` includes maintain, and `read` includes triage. `role_name` can be a custom role.
 */
const PermissionAnswer = v.object({
  permission: v.string(),
  role_name: v.fallback(v.string(), ''),
  user: v.nullish(v.object({ type: v.fallback(v.string(), ''), permissions: v.nullish(Flags) })),
});
type PermissionAnswer = v.InferOutput<typeof PermissionAnswer>;

/** Returns the permission of an account; `bot` for every bot, whatever its permission is. */
async function readPermission(
  login: string,
  repository: string,
  github: GitHub,
): Promise<Permission | 'bot'> {
  const goal = `read the permission of ${login}`;
  const request = github.rest({
    goal,
    route: 'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
    parameters: { ...ownerAndRepo(repository), username: login },
    shape: PermissionAnswer,
  });
  const answer = await catchGitHubFailure(request);
  if (answer instanceof GitHubFailure) {
    // GitHub has no permission of this login.
    if (answer.status === 404) return 'none';
    throw answer;
  }
  if (answer.user?.type === 'Bot') return 'bot';
  const permission = permissionIn(answer);
  if (permission === undefined)
    throw new GitHubFailure(goal, 'GitHub reports a permission that this action does not know', 200);
  return permission;
}

/** Returns the highest permission that GitHub reports; `undefined` if this action does not know it. */
function permissionIn({ permission, role_name, user }: PermissionAnswer): Permission | undefined {
  if (user?.permissions != null) {
    const { pull: read, push: write, ...others } = user.permissions;
    const flags: Partial<Record<Permission, boolean>> = { read, write, ...others };
    return PERMISSIONS.findLast((each) => flags[each]) ?? 'none';
  }
  const named = (name: string): Permission | undefined => PERMISSIONS.find((each) => each === name);
  return named(role_name) ?? named(permission);
}
