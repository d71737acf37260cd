import * as v from 'valibot';

import type { ConversationApi } from '../conversation/api.ts';
import type { Facts, Sighting } from '../conversation/conversation.ts';

/** Facts are good to have: one that is not what the API describes is as good as absent, and no reason to fail. */
const optional = <T>(schema: v.GenericSchema<unknown, T>): v.GenericSchema<unknown, T | null> =>
  v.fallback(v.nullable(schema), null);

/** The members of a conversation that both versions of the API have. */
export const FACTS = {
  title: optional(v.string()),
  selected_repository: optional(v.string()),
  selected_branch: optional(v.string()),
  git_provider: optional(v.string()),
  pr_number: optional(v.array(v.unknown())),
};

/**
 * The title that a server gives until the model has made one, by the first five digits of the id or by all of them.
 * Source: OpenHands/OpenHands, openhands/app_server (live_status_app_conversation_service.py, webhook_router.py).
 */
const PROVISIONAL_TITLE = /^Conversation (?:[0-9a-f]{5}|[0-9a-f]{32})$/;

const PullRequest = v.pipe(v.number(), v.integer(), v.minValue(1));

/** What an answer tells of a conversation beside its state. */
export function factsIn(conversation: {
  readonly title: string | null;
  readonly selected_repository: string | null;
  readonly selected_branch: string | null;
  readonly git_provider: string | null;
  readonly pr_number: readonly unknown[] | null;
}): Facts {
  const { title, selected_repository: repository, selected_branch: branch } = conversation;
  const { git_provider: gitProvider } = conversation;
  return {
    pullRequests: (conversation.pr_number ?? []).filter((number) => v.is(PullRequest, number)),
    ...(title !== null && !PROVISIONAL_TITLE.test(title) && { title }),
    ...(repository !== null && { repository }),
    ...(gitProvider !== null && { gitProvider }),
    ...(branch !== null && { branch }),
  };
}

/** What a server shows of a conversation that it does not list: for a moment after the start, or for good. */
export const NOT_LISTED: Sighting = {
  phase: 'not listed by the server',
  state: { kind: 'doubtful', ending: 'missing' },
  consult: 'on-change',
};

/** The pages of a server where people see conversations. */
export function pagesOf(baseUrl: string): Pick<ConversationApi, 'list' | 'page'> {
  const list = `${baseUrl}/conversations`;
  return { list, page: (id) => `${list}/${id}` };
}

/** SETTING_UP_GIT_HOOKS → "setting up git hooks". */
export function inWords(status: string): string {
  return status.toLowerCase().replaceAll('_', ' ');
}
