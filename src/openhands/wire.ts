import * as v from 'valibot';

import type { Requests } from '../http/client.ts';
import { ApiFailure, type Links, START } from '../port/api.ts';
import type { AgentServerOptions } from '../port/assignment.ts';
import { type Facts, isSameId, type Snapshot } from '../port/conversation.ts';
import type { Problem } from '../port/problem.ts';
import { isUuid } from '../text/data.ts';
import { singleLine } from '../text/safe.ts';

/** Facts are optional: one that is missing or has a wrong shape is null. */
const optional = <T>(schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T | null> =>
  v.fallback(v.nullable(schema), null);

/** The size of the largest page of events in V1 and V0. */
const MAX_EVENTS_PER_PAGE = 100;

/** Returns the shape of a page of events. Events beyond the largest page are ignored: they take time and fill the log. */
export function eventListOf<T>(event: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T[]> {
  return v.pipe(
    v.array(v.unknown()),
    v.transform((events) => events.slice(0, MAX_EVENTS_PER_PAGE)),
    v.array(event),
  );
}

/** Returns data if it has the given shape, else `undefined`. */
export function matchShape<T>(shape: v.GenericSchema<unknown, T>, data: unknown): T | undefined {
  const parsed = v.safeParse(shape, data, { abortEarly: true });
  return parsed.success ? parsed.output : undefined;
}

const MAX_LISTED_PULL_REQUESTS = 100;
/** The limits of names and statuses, in characters: people read them. */
const MAX_NAME_LENGTH = 300;
const MAX_STATUS_LENGTH = 100;

/** The fields of a conversation that is described by facts. An agent server has only some of them. */
export const FACTS = {
  title: optional(v.string()),
  selected_repository: optional(v.string()),
  selected_branch: optional(v.string()),
  git_provider: optional(v.string()),
  pr_number: optional(v.array(v.unknown())),
  created_at: optional(v.string()),
};

/**
 * The title until the model has made one: the word and the first five digits of the id, or all of them.
 * Source: OpenHands/OpenHands, openhands/app_server (live_status_app_conversation_service.py, webhook_router.py).
 */
const PROVISIONAL_TITLE = /^Conversation (?:[0-9a-f]{5}|[0-9a-f]{32})$/;

const PullRequestNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** Returns the facts in the fields of a conversation. */
export function factsIn(conversation: {
  readonly [Name in keyof typeof FACTS]: v.InferOutput<(typeof FACTS)[Name]>;
}): Facts {
  const { title, selected_repository: repository, selected_branch: branch } = conversation;
  const { git_provider: gitProvider, pr_number: numbers } = conversation;
  const createdAt = parseTime(conversation.created_at);
  return {
    pullRequests: (numbers ?? [])
      .filter((number) => v.is(PullRequestNumber, number))
      .slice(0, MAX_LISTED_PULL_REQUESTS),
    ...(title !== null && !PROVISIONAL_TITLE.test(title) && { title: singleLine(title, MAX_NAME_LENGTH) }),
    ...(repository !== null && { repository: singleLine(repository, MAX_NAME_LENGTH) }),
    ...(gitProvider !== null && { gitProvider }),
    ...(branch !== null && { branch: singleLine(branch, MAX_NAME_LENGTH) }),
    ...(createdAt !== undefined && { createdAt }),
  };
}

/** Parses a server's time to milliseconds since 1970; `undefined` if it is not one. Without a zone, it is UTC. */
export function parseTime(text: string | null | undefined): number | undefined {
  const time = text ?? '';
  // The class excludes T, so that a text of many T is not searched to its end from each of them.
  const lacksZone = /T[^TZ+-]*$/.test(time);
  const at = Date.parse(lacksZone ? `${time}Z` : time);
  return Number.isNaN(at) ? undefined : at;
}

/** The snapshot of a conversation that the server does not list: just after the start, or for good. */
export const NOT_LISTED: Snapshot = {
  phase: 'conversation not found',
  state: { kind: 'unconfirmed', ending: 'missing', failure: 'not-found' },
  whenToReadStored: 'on-change',
};

/** What is wrong with an answer about another conversation. */
export const OTHER_ID = 'a different id than the one asked for';
/** What a look at conversations is for. */
export const READ_STATUS = 'read the status of the conversation';

/** Returns the pages where people see the conversations of a server: its start page lists them. */
export function pagesOf(baseUrl: string): Links {
  return {
    list: baseUrl,
    conversation(given) {
      // Servers with pages write a UUID like this, and accept other spellings.
      const id = isUuid(given) ? given.replaceAll('-', '').toLowerCase() : given;
      return { id, url: `${baseUrl}/conversations/${id}` };
    },
  };
}

/** Converts a status to a few words: SETTING_UP_GIT_HOOKS → "setting up git hooks". */
export function inWords(status: string): string {
  return singleLine(status.toLowerCase().replaceAll('_', ' '), MAX_STATUS_LENGTH);
}

/** Returns the failure of something that is not even tried. By default, that is a start with a wrong or missing input. */
export function untriedFailure(because: string, advice: string, more: Partial<Problem> = {}): ApiFailure {
  return new ApiFailure({ failedTo: START, because, advice, kind: 'input', ...more });
}

/** Throws {@link ApiFailure} if inputs are set that only an agent server uses: other servers would ignore them silently. */
export function refuseAgentServerInputs({ given = [] }: AgentServerOptions = {}): void {
  if (given.length === 0) return;
  const names = given.join(' and ');
  const because = `${names} ${given.length === 1 ? 'is' : 'are'} for an agent server, and this server is not one`;
  throw untriedFailure(because, `check base-url, or leave ${names} out`);
}

/** Returns a function that reads items in the order of their ids; null for one that the server does not list. */
export function readerById<T extends { readonly id: string }>(
  goal: string,
  path: string,
  item: v.GenericSchema<unknown, T>,
): (http: Requests, ids: readonly string[]) => Promise<readonly (T | null)[]> {
  return async (http, ids) => {
    const isAskedFor = (found: T | null, index: number): boolean =>
      found === null || isSameId(found.id, ids[index] ?? '');
    return http.read({
      goal,
      path,
      query: ids.map((id): [string, string] => ['ids', id]),
      shape: v.pipe(
        v.array(v.nullable(item)),
        v.length(ids.length),
        v.check((found) => found.every(isAskedFor), OTHER_ID),
      ),
    });
  };
}
