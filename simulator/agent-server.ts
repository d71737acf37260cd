import { contentText } from './body-checks.ts';
import type { Conversation, StoredEvent } from './conversation.ts';
import { type Call, json, refuse, type Reply } from './reply.ts';
import type { Store } from './store.ts';

const PATH =
  /^\/agent-server\/([^/]+)\/api\/conversations\/([^/]+)\/(run|pause|interrupt|events|agent_final_response)$/;

/** Whether a path is of a sandbox's agent server. It has its own key, and no limits. */
export function isAgentServer(path: string): boolean {
  return path.startsWith('/agent-server/');
}

function finalText(events: readonly StoredEvent[]): string {
  for (const { happening } of events.toReversed()) {
    if (happening.kind === 'finish' || happening.kind === 'agent-message') return happening.text;
  }
  return '';
}

function act(call: Call, store: Store, conversation: Conversation, deed: string): Reply | undefined {
  const now = store.clock.now();
  if (call.method === 'GET') {
    return deed === 'agent_final_response'
      ? json(200, { response: finalText(conversation.events) })
      : undefined;
  }
  switch (deed) {
    case 'run':
      return conversation.run(now)
        ? json(200, { success: true })
        : refuse(409, 'The conversation is already running.');
    case 'pause':
    case 'interrupt':
      if (conversation.situation.agent === 'working') conversation.interrupt(now);
      return json(200, { success: true });
    case 'events':
      conversation.receive(now, contentText(call.body), undefined);
      return json(200, { success: true });
    default:
      return undefined;
  }
}

/**
 * Answers as the agent server of a sandbox does. It asks for the sandbox's own session key, and is not there
 * while the sandbox does not run. `undefined`: no such path or method.
 */
export function answerAgentServer(call: Call, store: Store): Reply | undefined {
  const [, sandboxId, id, deed] = PATH.exec(call.path) ?? [];
  if (sandboxId === undefined || id === undefined || deed === undefined) return undefined;
  const conversation = store.byId(id);
  if (conversation?.names.sandboxId !== sandboxId || conversation.situation.box === 'emptied')
    return refuse(404, 'Conversation not found.');
  if (call.sessionKey !== conversation.names.sessionKey) return refuse(401, 'Unauthorized');
  if (conversation.situation.box !== 'running') return refuse(502, 'Bad Gateway');
  return act(call, store, conversation, deed);
}
