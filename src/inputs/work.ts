import { traitsOf, wantedApiOf } from '../port/api-version.ts';
import { type Assignment, GIT_PROVIDERS, type GitProvider, type Workplace } from '../port/assignment.ts';
import { isUuid } from '../text/data.ts';
import { type AgentServerContext, FOR_AGENT_SERVERS, readAgentServer } from './agent-server.ts';
import { MESSAGE_INPUTS } from './message.ts';
import type { InputReader } from './reader.ts';

const MAX_BRANCH = 255;

/** What the step does: start a conversation, or continue an existing one. */
export type Work =
  | {
      readonly kind: 'start';
      readonly assignment: Assignment;
      readonly key?: Key;
    }
  /** Continues an existing conversation: sends the message as a follow-up, or without a message only observes. */
  | { readonly kind: 'continue'; readonly id: string; readonly message?: string };

/**
 * What the step does if the conversation of a key exists: attach to it, or also send it the message. The `restart` values
 * start another conversation if the existing one has ended, or has failed or been merged.
 */
const IF_EXISTS = ['attach', 'send', 'restart', 'restart-failed', 'restart-merged'] as const;

/** An idempotency key: steps with the same key use the same conversation. */
export interface Key {
  readonly text: string;
  readonly ifExists: (typeof IF_EXISTS)[number];
  /** The inputs for the message before files are read and templates are filled. They do not change in a re-run. */
  readonly asked: string;
}

/** The other inputs that decide what the step does. */
export interface WorkContext extends AgentServerContext {
  readonly message: string | undefined;
  readonly repository: string;
}

interface PlaceOfWork {
  readonly workplace?: Workplace;
  /** Whether the inputs name another repository than the workflow's. */
  readonly namesOtherRepository: boolean;
}

/** Reads what the step does, and in which repository. */
export function workIn(read: InputReader, context: WorkContext): { readonly work: Work } & PlaceOfWork {
  const { message, repository } = context;
  const id = idIn(read, context);
  if (id === undefined && message === undefined)
    read.wrong(
      'message and conversation-id are empty: say in message or message-template, or in a file, what the agent should do (an output of a step that was skipped is empty)',
    );
  const place = placeIn(read, repository);
  read.refuseForV0('model');
  const { value: model } = read.given('model');
  if (id !== undefined)
    return { work: { kind: 'continue', id, ...(message !== undefined && { message }) }, ...place };
  const key = idempotencyKeyIn(read);
  const agentServer = readAgentServer(read, context);
  const assignment = {
    message: message ?? '',
    ...(place.workplace && { workplace: place.workplace }),
    ...(model !== '' && { model }),
    ...(agentServer && { agentServer }),
    ...(context.hasNoTools && { hasNoTools: true as const }),
  };
  return { work: { kind: 'start', assignment, ...(key && { key }) }, ...place };
}

/**
 * Reads the conversation's id. With one, key, repository and branch do not count, so that a workflow with a key can also continue a
 * conversation. Other inputs for a new conversation are errors rather than ignored.
 */
function idIn(
  read: InputReader,
  { apiVersion: version, baseUrl }: Pick<WorkContext, 'apiVersion' | 'baseUrl'>,
): string | undefined {
  const { value, shown } = read.given('conversation-id');
  if (value === '') return undefined;
  // People copy the address of its page.
  const id = value.startsWith(`${baseUrl}/`) ? (/([^/?#]*)\/?(?:[?#].*)?$/.exec(value)?.[1] ?? '') : value;
  for (const name of ['model', ...FOR_AGENT_SERVERS] as const) {
    if (read.given(name).value !== '')
      read.wrong(`${name} is for a new conversation: leave it out with conversation-id`);
  }
  // V0 chooses ids that are no UUIDs.
  const isAnyId = traitsOf(version)?.hasUuids !== true;
  const rule = isAnyId
    ? 'it must be the id, as in the output conversation-id, or the address of its page below base-url'
    : 'it must be a UUID, as in the output conversation-id, or the address of its page below base-url; for a conversation of API V0, set api-version: v0';
  const isRight = isAnyId ? /^[A-Za-z0-9_-]{1,64}$/.test(id) : isUuid(id);
  // A wrong id still counts as given, so that the error does not ask for a message, too.
  return isRight ? id : read.wrong(`conversation-id is ${shown}: ${rule}`, id);
}

/** Reads the idempotency key. It is not trimmed, so that different keys stay different. `asked` is the same in a re-run. */
function idempotencyKeyIn(read: InputReader): Key | undefined {
  read.refuseForV0('idempotency-key');
  const { value, raw: text } = read.given('idempotency-key');
  const ifExists = read.choice('if-exists', IF_EXISTS);
  const asked = MESSAGE_INPUTS.map((name) => read.given(name).raw).join('');
  if (value !== '') return { text, ifExists, asked };
  if (ifExists !== 'attach')
    read.wrong(
      `if-exists is ${ifExists}, which needs idempotency-key: the key says which conversation is meant`,
    );
  return undefined;
}

/** Reads the repository (`standard` if empty), its provider and the branch. */
function placeIn(read: InputReader, standard: string): PlaceOfWork {
  const gitProvider = read.choice('git-provider', GIT_PROVIDERS);
  const { value, shown } = read.given('repository');
  const repository = value === '' ? standard : value;
  if (repository !== 'none' && !isRepository(repository, gitProvider)) {
    const what = repository === '' ? 'empty' : shown;
    const rule = OF_CLONE.test(repository) ? 'owner/repo, without .git' : 'owner/repo';
    read.wrong(`repository is ${what}: it must be ${rule}, or none to work without one`);
  }
  const branch = read.parsed(
    'branch',
    'it must be the name of a branch, as git allows it, without refs/heads/',
    (name) => (name.length > MAX_BRANCH || NO_BRANCH.test(name) ? undefined : name),
    '',
  );
  if (branch !== '' && repository === 'none')
    read.wrong('branch is given and repository is none: remove branch, or name a repository');
  const { gitProviders = GIT_PROVIDERS } = traitsOf(wantedApiOf(read.given('api-version').value)) ?? {};
  if (!gitProviders.includes(gitProvider))
    read.wrong(`git-provider is ${gitProvider}, which needs API V1: V0 supports ${gitProviders.join(', ')}`);
  if (repository === 'none') return { namesOtherRepository: false };
  const workplace = { repository, gitProvider, ...(branch !== '' && { branch }) };
  return { workplace, namesOtherRepository: repository.toLowerCase() !== standard.toLowerCase() };
}

/** The rules of git-check-ref-format that are broken most often. */
const NO_BRANCH = /[\s\p{Cc}\p{Cf}~^:?*[\\]|\.\.|@\{|\/\/|^(?:[-/]|refs\/)|(?:\.lock|[./])$/u;

/** The end of an address to clone from. GitHub gives no repository such a name. */
const OF_CLONE = /\.git$/i;

/** Whether a name is valid: two segments on GitHub; elsewhere two or more, for nested groups or a project. */
function isRepository(name: string, provider: GitProvider): boolean {
  const segments = name.split('/');
  const hasRightDepth = provider === 'github' ? segments.length === 2 : segments.length >= 2;
  // Names of projects on Azure DevOps may contain blanks.
  const segment = provider === 'azure_devops' ? /^[\w.~-](?:[\w.~ -]*[\w.~-])?$/ : /^[\w.~-]+$/;
  const areRight = segments.every((each) => segment.test(each) && !/^\.+$/.test(each));
  return hasRightDepth && areRight && !OF_CLONE.test(name) && name.length <= 300;
}
