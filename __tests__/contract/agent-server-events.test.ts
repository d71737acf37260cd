import { describe, expect, test } from '@jest/globals';

import {
  eventsAtAgentServer,
  type EventSource,
  readLastStatus,
  readMessageCursor,
} from '../../src/openhands/v1/history.ts';
import { testClient } from '../support/client.ts';
import { nock } from '../support/offline.ts';

const ORIGIN = 'https://agent.test';
const CONVERSATION = '/api/conversations/0b1f9ad4-5cdb-4a86-9f0d-54c0e6a1f1a0';

const source = (): EventSource => eventsAtAgentServer({ http: testClient(ORIGIN), path: CONVERSATION });

const status = (value: string): object => ({
  kind: 'ConversationStateUpdateEvent',
  key: 'execution_status',
  value,
});
const userMessage = (id: string, text: string): object => ({
  kind: 'MessageEvent',
  source: 'user',
  id,
  llm_message: { content: [{ type: 'text', text }] },
});
const OTHER = { kind: 'ActionEvent', source: 'agent', id: 'other' };

/** Sets up the answer to a request for one page of events, newest first. */
function events(
  query: Readonly<Record<string, string>>,
  items: readonly object[],
  next: string | null = null,
): void {
  nock(ORIGIN)
    .get(`${CONVERSATION}/events/search`)
    .query({ sort_order: 'TIMESTAMP_DESC', ...query })
    .reply(200, { items, next_page_id: next });
}

describe('reading events from an agent server', () => {
  test('asks for the events of one source and skips those of other kinds', async () => {
    events({ source: 'environment', limit: '20' }, [OTHER, status('finished'), status('running')]);
    await expect(readLastStatus(source())).resolves.toBe('finished');
  });

  test('follows the page ids that the server gives, no further than needed', async () => {
    events({ source: 'user', limit: '100' }, [OTHER], 'event-7');
    events(
      { source: 'user', limit: '100', page_id: 'event-7' },
      [userMessage('second', 'Go on.')],
      'event-3',
    );
    await expect(readMessageCursor(source())).resolves.toStrictEqual({ lastMessage: 'second' });
  });
});
