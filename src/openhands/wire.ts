import * as v from 'valibot';

import { ApiFailure, type Places, START } from '../conversation/api.ts';
import type { AgentServerOptions } from '../conversation/assignment.ts';
import type { Facts, Snapshot } from '../conversation/conversation.ts';

/** Facts are good to have: one that is not what the API describes is as good as absent, and no reason to fail. */
const optional = <T>(schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T | null> =>
  v.fallback(v.nullable(schema), null);

/** A list of which no more is read than the API gives; a server that gives more would fill log and time. */
export function firstOf<T>(most: number, item: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T[]> {
  return v.pipe(
    v.custom<readonly unknown[]>(Array.isArray, 'a list was expected'),
    v.transform((items) => items.slice(0, most)),
    v.array(item),
  );
}

/** Of events both versions give at most so many at once. */
export const MOST_EVENTS = 100;
/** No conversation has opened more of them. */
const MOST_PULL_REQUESTS = 100;

/** The members of a conversation that both versions of the API have. */
export const FACTS = {
  title: optional(v.string()),
  selected_repository: optional(v.string()),
  selected_branch: optional(v.string()),
  git_provider: optional(v.string()),
  pr_number: optional(firstOf(MOST_PULL_REQUESTS, v.unknown())),
  created_at: optional(v.string()),
};

/**
 * The title that a server gives until the model has made one, by the first five digits of the id or by all of them.
 * Source: OpenHands/OpenHands, openhands/app_server (live_status_app_conversation_service.py, webhook_router.py).
 */
const PROVISIONAL_TITLE = /^Conversation (?:[0-9a-f]{5}|[0-9a-f]{32})$/;

const PullRequest = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** What an answer tells of a conversation beside its state. */
export function factsIn(conversation: {
  readonly title: string | null;
  readonly selected_repository: string | null;
  readonly selected_branch: string | null;
  readonly git_provider: string | null;
  readonly pr_number: readonly unknown[] | null;
  readonly created_at: string | null;
}): Facts {
  const { title, selected_repository: repository, selected_branch: branch } = conversation;
  const { git_provider: gitProvider } = conversation;
  return {
    pullRequests: (conversation.pr_number ?? []).filter((number) => v.is(PullRequest, number)),
    ...(title !== null && !PROVISIONAL_TITLE.test(title) && { title }),
    ...(repository !== null && { repository }),
    ...(gitProvider !== null && { gitProvider }),
    ...(branch !== null && { branch }),
    ...beginningIn(conversation.created_at),
  };
}

/** When a conversation began. Servers that tell times without a zone mean UTC. */
export function beginningIn(created: string | null | undefined): Pick<Facts, 'createdAt'> {
  const at = Date.parse(/T[^Z+-]*$/.test(created ?? '') ? `${created ?? ''}Z` : (created ?? ''));
  return Number.isNaN(at) ? {} : { createdAt: at };
}

/** What a server shows of a conversation that it does not list: for a moment after the start, or for good. */
export const NOT_LISTED: Snapshot = {
  phase: 'conversation not found',
  state: { kind: 'doubtful', ending: 'missing', failure: 'not-found' },
  consult: 'on-change',
};

/** What is said of an answer about another conversation. */
export const OTHER_CONVERSATION = 'a different conversation than the one asked for';

/** The pages of a server where people see conversations. */
export function pagesOf(baseUrl: string): Places {
  const list = `${baseUrl}/conversations`;
  return { list, conversation: (id) => ({ id, url: `${list}/${id}` }) };
}

/** SETTING_UP_GIT_HOOKS → "setting up git hooks". */
export function inWords(status: string): string {
  return status.toLowerCase().replaceAll('_', ' ');
}

/**
 * Refuses what only an agent server by itself could heed: it would be left out without a word.
 *
 * @throws {ApiFailure} which names the inputs.
 */
export function refuseForAgentServer({ given = [] }: AgentServerOptions = {}): void {
  if (given.length === 0) return;
  throw new ApiFailure({
    failedTo: START,
    because: `${given.join(' and ')} ${given.length === 1 ? 'is' : 'are'} for an agent server, and this server is not one`,
    todo: `check base-url, or leave ${given.join(' and ')} out`,
    kind: 'input',
  });
}
