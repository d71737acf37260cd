import * as v from 'valibot';

import { singleLine } from '../../text/safe.ts';
import { readWhatFits } from '../history.ts';
import type { AgentServer } from '../sdk/agent.ts';
import { Event } from '../sdk/events.ts';
import { listReader } from '../sdk/wire.ts';
import { eventListOf, matchShape } from '../wire.ts';

/** The first or second event of a conversation. Source: `INIT_STATE_PREFIX_SCAN_WINDOW` in OpenHands/software-agent-sdk. */
const SystemPrompt = v.looseObject({
  kind: v.literal('SystemPromptEvent'),
  tools: v.array(v.unknown()),
});
/** `kind` is the class of the tool. The server of an MCP tool chooses its title. */
const Tool = v.looseObject({
  kind: v.fallback(v.string(), 'unknown'),
  title: v.fallback(v.optional(v.string(), ''), ''),
});

const FIRST_EVENTS = 10;
/** Each agent has this tool. If the server does not list it, the list is not complete. */
const FINISH = 'FinishTool';
/** With these, the agent can only answer. */
const HARMLESS = [FINISH, 'ThinkTool'];
const MAX_NAME_LENGTH = 60;

/** Reads the system prompt. Returns as `readOtherTools` of the port says. */
export async function readOtherTools({ http, path }: AgentServer): Promise<readonly string[] | undefined> {
  const list = {
    goal: 'read which tools the agent has',
    path: `${path}/events/search`,
    contentBy: 'agent',
  } as const;
  const read = listReader(http, list, eventListOf(Event), { sort_order: 'TIMESTAMP' });
  const { items } = await readWhatFits(read, FIRST_EVENTS);
  const told = items.flatMap((event) => matchShape(SystemPrompt, event)?.tools ?? []);
  const tools = told.map((tool) => matchShape(Tool, tool) ?? { kind: 'unknown', title: '' });
  if (!tools.some(({ kind }) => kind === FINISH)) return tools.length > 0 ? tools.map(nameOf) : undefined;
  return tools.filter(({ kind }) => !HARMLESS.includes(kind)).map(nameOf);
}

function nameOf({ kind, title }: v.InferOutput<typeof Tool>): string {
  const [shownKind, shownTitle] = [kind, title].map((text) => singleLine(text, MAX_NAME_LENGTH));
  return title === '' ? `${shownKind}` : `${shownTitle} (${shownKind})`;
}
