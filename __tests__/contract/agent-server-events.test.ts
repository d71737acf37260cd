import { describe, expect, test } from '@jest/globals';

import {
  eventsAtAgentServer,
  type EventSource,
  readLastStatus,
  readMessageCursor,
} from '../../src/openhands/sdk/history.ts';
import { testClient } from '../support/client.ts';
import { answerEvents, messageEvent, statusEvent } from './v1-server.ts';

const ORIGIN = 'https://agent.test';
const CONVERSATION = '/api/conversations/0b1f9ad4-5cdb-4a86-9f0d-54c0e6a1f1a0';

const source = (): EventSource => eventsAtAgentServer({ http: testClient(ORIGIN), path: CONVERSATION });

const OTHER = { kind: 'ActionEvent', source: 'agent', id: 'other' };

function events(
  query: Readonly<Record<string, string>>,
  items: readonly object[],
  next: string | null = null,
): void {
  answerEvents({ source: 'user', limit: '100', ...query }, items, next, `${ORIGIN}${CONVERSATION}`);
}

describe('reading events from an agent server', () => {
  test('asks for the events of one source and skips those of other kinds', async () => {
    events({ source: 'environment', limit: '20' }, [OTHER, statusEvent('finished'), statusEvent('running')]);
    await expect(readLastStatus(source())).resolves.toBe('finished');
  });

  test('follows the page ids that the server gives, no further than needed', async () => {
    events({}, [OTHER], 'event-7');
    events({ page_id: 'event-7' }, [messageEvent('second')], 'event-3');
    await expect(readMessageCursor(source())).resolves.toStrictEqual({ lastMessage: 'second' });
  });
});
