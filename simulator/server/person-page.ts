import { escapeHtml, page, type Reply } from '../reply.ts';
import type { Conversation } from './conversation.ts';
import { nameOf } from './scenarios.ts';
import type { Store } from './store.ts';

const PATH = /^\/conversations\/([^/]+)$/;

function lines(conversation: Conversation): readonly string[] {
  const { situation, order, scenario, events } = conversation;
  return [
    `agent: ${situation.agent}`,
    `sandbox: ${situation.box}`,
    `start: ${situation.start}`,
    `scenario: ${nameOf(scenario)}`,
    `repository: ${order.repository ?? 'none'}`,
    `cost: $${situation.cost.toFixed(2)}`,
    `events: ${events.length}`,
    `message: ${order.message}`,
  ];
}

/** Answers with the web page of a conversation; `undefined` if the path is another one. */
export function answerPerson(path: string, store: Store): Reply | undefined {
  const id = PATH.exec(path)?.[1];
  const conversation = id === undefined ? undefined : store.byId(id);
  if (conversation === undefined) return undefined;
  const title = escapeHtml(conversation.situation.title ?? 'Conversation');
  const items = lines(conversation).map((line) => `<li>${escapeHtml(line)}</li>`);
  return page(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>` +
      `<body><h1>${title}</h1><ul>${items.join('')}</ul></body></html>\n`,
  );
}
