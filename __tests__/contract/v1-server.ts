import { nock } from '../support/offline.ts';

export const ORIGIN = 'https://openhands.test';
/** The agent server of the conversation. */
export const AGENT = 'https://agent.test';
export const ID = '7d0f7d1e4d8f4b3c9a55b1c2d3e4f506';

/** Sets up the answer of V1 to one look at the conversation, which has these differences, or is not listed. */
export function answerLook(differences: object | null = {}, origin = ORIGIN): void {
  const conversation = {
    id: ID,
    sandbox_id: 's-1',
    sandbox_status: 'RUNNING',
    execution_status: 'running',
    conversation_url: `${AGENT}/api/conversations/1`,
    session_api_key: 'session-key-0001',
    ...differences,
  };
  nock(origin)
    .get(`/api/v1/app-conversations?ids=${ID}`)
    .reply(200, [differences === null ? null : conversation]);
}

/** Sets up the answer to a request for one page of events, newest first. */
export function answerEvents(
  query: Readonly<Record<string, string>>,
  items: readonly object[],
  next: string | null = null,
  path = `${ORIGIN}/api/v1/conversation/${ID}`,
): void {
  nock(path)
    .get('/events/search')
    .query({ sort_order: 'TIMESTAMP_DESC', ...query })
    .reply(200, { items, next_page_id: next });
}

/** Returns the event of a new state of the agent. */
export function statusEvent(value: string): object {
  return { kind: 'ConversationStateUpdateEvent', id: `status-${value}`, key: 'execution_status', value };
}

export function messageEvent(id: string, source = 'user', text = `it is ${id}`): object {
  return { kind: 'MessageEvent', id, source, llm_message: { content: [{ type: 'text', text }] } };
}
