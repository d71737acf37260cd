import { parseJson } from '../../simulator/json.ts';
import type { Simulator } from '../../simulator/server/server.ts';
import type { SentRequest } from '../../testbed/play.ts';
import type { Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { at, listAt, textAt } from '../simulator/client.ts';

/** Returns the messages of the user that are stored in each conversation. */
export async function userMessages({
  url,
  conversations,
}: Pick<Simulator, 'url' | 'conversations'>): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    conversations.map(async ({ id, version }) => {
      const [path, kind] =
        version === 'agent-server' ? ['/api/conversations', 'kind'] : ['/api/v1/conversation', 'kind__eq'];
      const answer = await fetch(`${url}${path}/${id}/events/search?${kind}=MessageEvent&limit=100`, {
        headers: { 'x-session-api-key': KEY, authorization: `Bearer ${KEY}` },
      });
      const events = listAt(await answer.json(), 'items').filter((event) => at(event, 'source') === 'user');
      return events.map((event) => textAt(event, 'llm_message.content.0.text'));
    }),
  );
}

/** Returns those messages, sorted in each conversation, once all of them are stored. */
export async function storedMessages({
  simulator,
  clock,
}: Pick<Steps, 'simulator' | 'clock'>): Promise<readonly (readonly string[])[]> {
  await clock.sleep(60_000, new AbortController().signal);
  return (await userMessages(simulator)).map((messages) => messages.toSorted());
}

/** Returns the messages that start a conversation or go to one, oldest first. */
export function messagesTo({
  simulator,
}: {
  readonly simulator: Pick<Simulator, 'requests'>;
}): readonly string[] {
  return simulator.requests
    .filter(({ method, path }) => method === 'POST' && /\/(?:app-conversations|send-message)$/.test(path))
    .map(({ body }) => {
      const sent = parseJson(body);
      return textAt(at(sent, 'initial_message') ?? sent, 'content.0.text');
    });
}

/** Counts the follow-up messages, of any API. */
export function messagesIn(asked: readonly Pick<SentRequest, 'method' | 'target'>[]): number {
  return asked.filter(({ method, target }) => method === 'POST' && /\/(?:send-message|events)$/.test(target))
    .length;
}
