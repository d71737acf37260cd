import { memberAt, numberAt, textAt } from '../text/data.ts';
import { type EventThread, eventThreadIn } from './review-thread.ts';
import { gitHubUrlOf, readPayload } from './workflow.ts';

export interface WorkflowEvent {
  /** Its name, such as `issue_comment`; empty if the runner does not set it. */
  readonly name: string;
  /** The repository of the workflow, as `owner/repo`. */
  readonly repository: string;
  /** The logins of everybody who helped trigger it. An unknown login is empty. */
  readonly actors: readonly string[];
  /** The login of the event's sender if that is a bot by the type of its account. */
  readonly senderBot: string | undefined;
  /** Whether the event's commit belongs to another repository, or the payload does not say to which. */
  readonly isOfOtherRepository: boolean;
  /** Why GitHub gives this run no secrets, as a clause; `undefined` if it gives them. */
  readonly whyNoSecrets: string | undefined;
  /** The number of the issue or pull request that the event is about. */
  readonly issue: number | undefined;
  /** The number of the pull request that the event is about. */
  readonly pullRequest: number | undefined;
  /** The path in GitHub's API of the comment, issue or pull request that triggered the run when it was created or labeled. */
  readonly trigger: string | undefined;
  /** The review that the event is about: its id, and the number of the pull request. */
  readonly review: EventReview | undefined;
  /** The thread on lines of a pull request in which the event's comment stands. */
  readonly thread: EventThread | undefined;
  /** Whether somebody has added a label. */
  readonly isLabeled: boolean;
  /** The comment, or the review or its comment, that the event is about. */
  readonly comment: EventComment | undefined;
  readonly runUrl: string | undefined;
  /** The paths in GitHub's API, below the repository, of the texts that can have pictures, by their placeholders. */
  readonly textPaths: ReadonlyMap<string, string>;
}

export interface EventReview {
  readonly id: number;
  readonly pullRequest: number;
}

/** A comment or review. What the payload does not have is empty. */
export interface EventComment {
  readonly body: string;
  readonly author: string;
  /** The path of its text in the payload, such as `comment.body`. */
  readonly path: string;
  /** Whether the person who triggered the run has just written it, and not through an app. */
  readonly isByActor: boolean;
}

/** What the action knows of an event by its name. All members must be given, so that none is forgotten for a new event. */
interface EventRow {
  /** The member of the payload with the comment or the review that it is about. */
  readonly comment: 'comment' | 'review' | undefined;
  /**
   * The path in GitHub's API of what triggered the run, which shows the text of a comment and takes reactions; absent if there is none.
   * Reactions to a pull request are those of its issue.
   */
  readonly path: 'issues' | 'issues/comments' | 'pulls/comments' | undefined;
  /**
   * Whose runs get no secrets. Dependabot's get its own, even when somebody else re-runs them.
   * Sources: "Pull request events for forked repositories" in
   * https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
   * and "Restrictions when Dependabot triggers events" in
   * https://docs.github.com/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions
   */
  readonly withoutSecrets: readonly ('forks' | 'Dependabot')[];
}

/** An event that is not in the table. */
const OTHER: EventRow = { comment: undefined, path: undefined, withoutSecrets: [] };
/** An event about code. */
const OF_CODE: EventRow = { comment: undefined, path: undefined, withoutSecrets: ['Dependabot'] };
const STRANGERS = ['forks', 'Dependabot'] as const;

const EVENTS: ReadonlyMap<string, EventRow> = new Map([
  ['issues', { comment: undefined, path: 'issues', withoutSecrets: [] }],
  ['issue_comment', { comment: 'comment', path: 'issues/comments', withoutSecrets: [] }],
  ['pull_request', { comment: undefined, path: 'issues', withoutSecrets: STRANGERS }],
  ['pull_request_target', { comment: undefined, path: 'issues', withoutSecrets: [] }],
  ['pull_request_review', { comment: 'review', path: undefined, withoutSecrets: STRANGERS }],
  ['pull_request_review_comment', { comment: 'comment', path: 'pulls/comments', withoutSecrets: STRANGERS }],
  ['push', OF_CODE],
  ['create', OF_CODE],
  ['deployment', OF_CODE],
  ['deployment_status', OF_CODE],
]);
const DEPENDABOT = 'dependabot[bot]';

/** Reads the event. A missing or invalid payload counts as empty. */
export async function readEvent(env: NodeJS.ProcessEnv): Promise<WorkflowEvent> {
  const variable = (name: string): string => env[`GITHUB_${name}`] ?? '';
  const [name, repository, actor] = [variable('EVENT_NAME'), variable('REPOSITORY'), variable('ACTOR')];
  const kind = EVENTS.get(name) ?? OTHER;
  const payload = await readPayload(env);
  const isOfOtherRepository = isHeadElsewhere(name, repository, payload);
  const issue = numberAt(payload, 'issue.number') ?? numberAt(payload, 'pull_request.number');
  // Only the issue of a pull request has this member.
  const isOnPullRequest = textAt(payload, 'issue.pull_request.url') !== '';
  return {
    name,
    repository,
    // Older servers do not set `github.triggering_actor`.
    actors: actorsOf(name, [actor, variable('TRIGGERING_ACTOR') || actor], payload),
    senderBot: textAt(payload, 'sender.type') === 'Bot' ? textAt(payload, 'sender.login') : undefined,
    isOfOtherRepository,
    whyNoSecrets: reasonForNoSecrets(name, kind, actor, isOfOtherRepository, payload),
    issue,
    pullRequest: numberAt(payload, isOnPullRequest ? 'issue.number' : 'pull_request.number'),
    trigger: triggerOf(kind, payload, issue),
    review: reviewIn(payload),
    thread: kind.path === 'pulls/comments' ? eventThreadIn(payload) : undefined,
    isLabeled: textAt(payload, 'action') === 'labeled',
    comment: eventCommentIn(kind, actor, payload),
    runUrl: /^\d{1,20}$/.test(variable('RUN_ID'))
      ? `${gitHubUrlOf(env)}/${repository}/actions/runs/${variable('RUN_ID')}`
      : undefined,
    textPaths: textPathsIn(kind, payload),
  };
}

/**
 * Returns who triggered the run and who re-ran it, by the runner's environment; for `workflow_run` also who triggered the earlier run.
 * Ignores other logins in the payload: they can be somebody else's.
 * Source: https://docs.github.com/actions/reference/workflows-and-actions/contexts
 */
function actorsOf(event: string, own: readonly string[], payload: unknown): readonly string[] {
  const others = ['workflow_run.actor.login', 'workflow_run.triggering_actor.login'].map((path) =>
    textAt(payload, path),
  );
  return [...new Set(event === 'workflow_run' ? [...own, ...others] : own)];
}

/** Returns the comment or review of an event about one. */
function eventCommentIn(
  { comment: member }: EventRow,
  actor: string,
  payload: unknown,
): EventComment | undefined {
  if (member === undefined) return undefined;
  const author = textAt(payload, `${member}.user.login`);
  const isNew = textAt(payload, 'action') === (member === 'review' ? 'submitted' : 'created');
  const isPerson =
    PERSON.test(author) &&
    textAt(payload, `${member}.user.type`) === 'User' &&
    memberAt(payload, `${member}.performed_via_github_app`) == null;
  const path = `${member}.body`;
  return { body: textAt(payload, path), author, path, isByActor: isNew && isPerson && author === actor };
}

function reviewIn(payload: unknown): EventReview | undefined {
  const [id, pullRequest] = [numberAt(payload, 'review.id'), numberAt(payload, 'pull_request.number')];
  return id === undefined || pullRequest === undefined ? undefined : { id, pullRequest };
}

/** A login of a person: see `LOGIN` of permission.ts. */
const PERSON = /^[\w-]{1,100}$/;

/** Returns what gets a reaction: only something new, for which people await a response; not an edit or a close. */
function triggerOf({ path }: EventRow, payload: unknown, issue: number | undefined): string | undefined {
  const id = path === 'issues' ? issue : numberAt(payload, 'comment.id');
  const actions = path === 'issues' ? ['opened', 'labeled'] : ['created'];
  return path && id && actions.includes(textAt(payload, 'action')) ? `${path}/${id}` : undefined;
}

/** Returns the paths of the texts that GitHub's API can show. It cannot show those of discussions. */
function textPathsIn({ comment, path }: EventRow, payload: unknown): WorkflowEvent['textPaths'] {
  const pull = numberAt(payload, 'pull_request.number');
  const comments = comment === 'comment' ? path : undefined;
  const paths = [
    ['issue', 'issues', numberAt(payload, 'issue.number')],
    ['pull_request', 'pulls', pull],
    ['comment', comments, numberAt(payload, 'comment.id')],
    ['review', pull && `pulls/${pull}/reviews`, numberAt(payload, 'review.id')],
  ] as const;
  return new Map(
    paths.flatMap(([text, at, id]) =>
      at === undefined || id === undefined ? [] : [[`github.event.${text}.body`, `${at}/${id}`] as const],
    ),
  );
}

/** Whether the head that the event is about is in another repository, or it is unknown in which. */
function isHeadElsewhere(event: string, repository: string, payload: unknown): boolean {
  const own = repository.toLowerCase();
  const isOther = (path: string): boolean => own === '' || textAt(payload, path).toLowerCase() !== own;
  if (event === 'workflow_run') return isOther('workflow_run.head_repository.full_name');
  // The repository is null if the fork was deleted.
  return event.startsWith('pull_request') && isOther('pull_request.head.repo.full_name');
}

/** Returns why GitHub gives the run no secrets, as a clause; `undefined` if it gives them. */
function reasonForNoSecrets(
  event: string,
  { withoutSecrets }: EventRow,
  actor: string,
  isOfOtherRepository: boolean,
  payload: unknown,
): string | undefined {
  if (isOfOtherRepository && withoutSecrets.includes('forks'))
    return 'the pull request comes from a fork, and such runs get no secrets';
  if (actor !== DEPENDABOT) return undefined;
  const hasOnlyDependabotSecrets =
    withoutSecrets.includes('Dependabot') ||
    (event === 'pull_request_target' && textAt(payload, 'pull_request.user.login') === DEPENDABOT);
  return hasOnlyDependabotSecrets
    ? "Dependabot triggered this run, and its runs get only Dependabot's own secrets"
    : undefined;
}
