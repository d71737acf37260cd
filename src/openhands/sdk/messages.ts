import * as v from 'valibot';

import type { PersonMessage } from '../../port/conversation.ts';
import { matchShape } from '../wire.ts';

const Finish = v.looseObject({
  kind: v.literal('ActionEvent'),
  source: v.literal('agent'),
  action: v.looseObject({ kind: v.literal('FinishAction'), message: v.string() }),
});
const Message = v.looseObject({
  kind: v.literal('MessageEvent'),
  source: v.string(),
  id: v.fallback(v.optional(v.string()), undefined),
  llm_message: v.fallback(v.looseObject({ content: v.array(v.unknown()) }), { content: [] }),
});
const TextPart = v.looseObject({ type: v.optional(v.literal('text'), 'text'), text: v.string() });

export function isFinish(event: unknown): boolean {
  return v.is(Finish, event);
}

export function personMessageIn(event: unknown): PersonMessage | undefined {
  const message = matchShape(Message, event);
  if (message?.source !== 'user' || message.id === undefined) return undefined;
  const text = textIn(message.llm_message.content);
  return { id: message.id, ...(text !== undefined && { text }) };
}

/** Returns the text that is the agent's answer unless a newer event has one. */
export function answerIn(event: unknown): string | undefined {
  const finish = matchShape(Finish, event);
  return finish ? textOrNothing(finish.action.message) : agentMessageIn(event);
}

export function agentMessageIn(event: unknown): string | undefined {
  const message = matchShape(Message, event);
  return message?.source === 'agent' ? textIn(message.llm_message.content) : undefined;
}

function textIn(content: readonly unknown[]): string | undefined {
  return textOrNothing(content.flatMap((part) => matchShape(TextPart, part)?.text ?? []).join('\n'));
}

function textOrNothing(text: string): string | undefined {
  return text.trim() === '' ? undefined : text;
}
