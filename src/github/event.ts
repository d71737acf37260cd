import * as v from 'valibot';

import { gitHubUrlOf, readPayload } from './workflow.ts';

export interface WorkflowEvent {
  /** Its name, such as `issue_comment`; empty if the runner does not set it. */
  readonly name: string;
  /** The repository of the workflow, as `owner/repo`. */
  readonly repository: string;
  /** The logins of everybody who helped trigger it. An unknown login is empty. */
  readonly actors: readonly string[];
  /** Whether the event's commit belongs to another repository, or the payload does not say to which. */
  readonly isOfOtherRepository: boolean;
  /** Why GitHub gives this run no secrets, as a clause; `undefined` if it gives them. */
  readonly whyNoSecrets: string | undefined;
  /** The number of the issue or pull request that the event is about. */
  readonly issue: number | undefined;
  /** The number of the pull request that the event is about. */
  readonly pullRequest: number | undefined;
  /** The comment, issue or pull request that triggered the run when it was created or labeled. */
  readonly trigger: Trigger | undefined;
  /** The comment, or the review or its comment, that the event is about. */
  readonly comment: WrittenComment | undefined;
  readonly runUrl: string | undefined;
}

/** A comment in the payload. The author's login is empty if the payload does not have it. */
interface WrittenComment {
  readonly body: string;
  readonly author: string;
}

/** A comment, by its id, or an issue or pull request, by its number. */
export interface Trigger {
  readonly kind: 'comment' | 'review comment' | 'thread';
  readonly id: number;
}

/** A field with a wrong shape counts as absent. */
const optional = <T>(schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T | undefined> =>
  v.fallback(v.optional(schema), undefined);

const Positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** The login of an account; empty if there is none. */
const Login = v.fallback(
  v.pipe(
    v.object({ login: v.string() }),
    v.transform(({ login }) => login),
  ),
  '',
);
const Repository = optional(v.object({ full_name: v.string() }));
const Content = v.object({
  action: optional(v.string()),
  // Only the issue of a pull request has the member `pull_request`.
  issue: optional(v.object({ number: Positive, pull_request: optional(v.object({})) })),
  pull_request: optional(
    v.object({
      number: optional(Positive),
      // Null if the fork was deleted.
      head: optional(v.object({ repo: Repository })),
      user: Login,
    }),
  ),
  comment: optional(v.object({ id: optional(Positive), body: v.string(), user: Login })),
  review: optional(v.object({ body: v.nullish(v.string(), ''), user: Login })),
  workflow_run: optional(v.object({ actor: Login, triggering_actor: Login, head_repository: Repository })),
});
type Payload = v.InferOutput<typeof Content>;

/**
 * The events whose runs get no secrets if the pull request comes from a fork.
 * Source: "Pull request events for forked repositories" in
 * https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
 */
const WITHOUT_SECRETS_OF_FORKS = ['pull_request', 'pull_request_review', 'pull_request_review_comment'];
/**
 * The events whose runs get only Dependabot's secrets if Dependabot triggered them, even when somebody else re-runs them.
 * Source: "Restrictions when Dependabot triggers events" in
 * https://docs.github.com/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions
 */
const WITHOUT_SECRETS_OF_DEPENDABOT = [
  ...WITHOUT_SECRETS_OF_FORKS,
  'push',
  'create',
  'deployment',
  'deployment_status',
];
const DEPENDABOT = 'dependabot[bot]';

/** Reads the event. A missing or invalid payload counts as empty. */
export async function readEvent(env: NodeJS.ProcessEnv): Promise<WorkflowEvent> {
  const variable = (name: string): string => env[`GITHUB_${name}`] ?? '';
  const [name, repository, actor] = [variable('EVENT_NAME'), variable('REPOSITORY'), variable('ACTOR')];
  const payload = v.parse(v.fallback(Content, v.parse(Content, {})), await readPayload(env));
  const isOfOtherRepository = isHeadElsewhere(name, repository, payload);
  return {
    name,
    repository,
    // Older servers do not set `github.triggering_actor`.
    actors: actorsOf(name, [actor, variable('TRIGGERING_ACTOR') || actor], payload),
    isOfOtherRepository,
    whyNoSecrets: reasonForNoSecrets(name, actor, isOfOtherRepository, payload),
    issue: threadIn(payload),
    pullRequest: payload.pull_request?.number ?? (payload.issue?.pull_request && payload.issue.number),
    trigger: triggerOf(name, payload),
    comment: commentIn(name, payload),
    runUrl: /^\d{1,20}$/.test(variable('RUN_ID'))
      ? `${gitHubUrlOf(env)}/${repository}/actions/runs/${variable('RUN_ID')}`
      : undefined,
  };
}

/**
 * Returns who triggered the run and who re-ran it, by the runner's environment; for `workflow_run` also who triggered the earlier run.
 * Ignores other logins in the payload: they can be somebody else's.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/contexts
 */
function actorsOf(
  event: string,
  own: readonly string[],
  { workflow_run: earlier }: Payload,
): readonly string[] {
  const others = event === 'workflow_run' ? [earlier?.actor ?? '', earlier?.triggering_actor ?? ''] : [];
  return [...new Set([...own, ...others])];
}

function threadIn({ issue, pull_request: pullRequest }: Payload): number | undefined {
  return issue?.number ?? pullRequest?.number;
}

/** Returns the comment or review of an event about one. */
function commentIn(event: string, { comment, review }: Payload): WrittenComment | undefined {
  const isComment = event === 'issue_comment' || event === 'pull_request_review_comment';
  const written = isComment ? comment : event === 'pull_request_review' ? review : undefined;
  return written && { body: written.body, author: written.user };
}

/** What gets a reaction, by the name of the event. */
const TRIGGERS = new Map<string, Trigger['kind']>([
  ['issue_comment', 'comment'],
  ['pull_request_review_comment', 'review comment'],
  ['issues', 'thread'],
  ['pull_request', 'thread'],
  ['pull_request_target', 'thread'],
]);

/** Returns what gets a reaction: only something new, for which people await a response; not an edit or a close. */
function triggerOf(event: string, payload: Payload): Trigger | undefined {
  const kind = TRIGGERS.get(event);
  const id = kind === 'thread' ? threadIn(payload) : payload.comment?.id;
  const actions = kind === 'thread' ? ['opened', 'labeled'] : ['created'];
  return kind && id && actions.includes(payload.action ?? '') ? { kind, id } : undefined;
}

function isHeadElsewhere(event: string, repository: string, payload: Payload): boolean {
  const isOther = (head: string | undefined): boolean => head?.toLowerCase() !== repository.toLowerCase();
  if (event === 'workflow_run') return isOther(payload.workflow_run?.head_repository?.full_name);
  return event.startsWith('pull_request') && isOther(payload.pull_request?.head?.repo?.full_name);
}

function reasonForNoSecrets(
  event: string,
  actor: string,
  isOfOtherRepository: boolean,
  { pull_request: pullRequest }: Payload,
): string | undefined {
  if (isOfOtherRepository && WITHOUT_SECRETS_OF_FORKS.includes(event))
    return 'the pull request comes from a fork, and such runs get no secrets';
  if (actor !== DEPENDABOT) return undefined;
  const ofDependabot =
    WITHOUT_SECRETS_OF_DEPENDABOT.includes(event) ||
    (event === 'pull_request_target' && pullRequest?.user === DEPENDABOT);
  return ofDependabot
    ? "Dependabot triggered this run, and its runs get only Dependabot's own secrets"
    : undefined;
}
