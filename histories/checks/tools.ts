import { textOf } from '../../simulator/body-checks.ts';
import { isRecord, type JsonObject, parseJson } from '../../simulator/json.ts';
import type { Tool } from '../../simulator/server/timeline.ts';
import type { Played } from '../play.ts';
import type { ToldStep } from '../told.ts';
import { agentsOf, eventsOf, toldId } from '../truth.ts';
import { isGreen } from './outputs.ts';
import { type Check, ofEachStep } from './violation.ts';

/** All that a start without tools says. */
const SAID = ['agent', 'conversation_id', 'initial_message', 'tags', 'workspace'];
const OF_AGENT = ['include_default_tools', 'kind', 'llm', 'tools'];
const FOLDER = /^\/tmp\/openhands-without-tools\/[\da-f-]{36}$/;

/** How many tools each agent has: to finish, and to think. */
const BUILT_IN = 2;

/** A start without tools has none, no profile, no plugin, and no folder that others have. */
export const bareStarts: Check = (played) =>
  bareStartsOf(played).flatMap((start) => {
    const { agent, workspace } = start;
    const extra = [
      ...Object.keys(start).filter((name) => !SAID.includes(name)),
      ...(isRecord(agent) ? Object.keys(agent).filter((name) => !OF_AGENT.includes(name)) : []),
    ];
    const folder = (isRecord(workspace) ? textOf(workspace, 'working_dir') : null) ?? '';
    const text = `a start without tools says ${extra.join(', ')} and has the folder ${folder}`;
    return extra.length > 0 || !FOLDER.test(folder) ? [{ promise: 'without tools', text }] : [];
  });

/** Returns the bodies of the starts without tools. */
function bareStartsOf({ requests }: Played): readonly JsonObject[] {
  return requests.flatMap(({ method, path, body }) => {
    const start = method === 'POST' && path === '/api/conversations' ? parseJson(body) : undefined;
    if (!isRecord(start)) return [];
    const source = start['agent'] ?? start['agent_settings'];
    const tools = isRecord(source) ? source['tools'] : undefined;
    return Array.isArray(tools) && tools.length === 0 ? [start] : [];
  });
}

/** Whether the agents of a step were told of no tools; one that never begins is told nothing. */
export function isToldOfNoTools(step: ToldStep, played: Played): boolean {
  const told = toldTools(step, played);
  return told.length > 0 && told.every((tools) => tools.length <= BUILT_IN);
}

function toldTools(step: ToldStep, played: Played): readonly (readonly Tool[])[] {
  return agentsOf(played, toldId(step)).flatMap((agent) =>
    eventsOf(agent, played, 'system-prompt').map(({ happening: { tools } }) => tools),
  );
}

/**
 * No agent with tools answers a step without tools, and the other way round. Where the server gives each agent tools, a step without them
 * fails.
 */
export const bareAnswers = ofEachStep('without tools', (step, played) => {
  const { kind, addsTools } = played.history.server;
  if (kind !== 'agent-server' || step.inputs['conversation-id'] !== undefined) return [];
  const isBare = step.inputs['tools'] === 'none';
  const wrong = toldTools(step, played).some((tools) => isBare !== tools.length <= BUILT_IN);
  if (!wrong) return [];
  if (isBare && addsTools === true)
    return isGreen(step) || 'response' in step.outputs
      ? [`it is ${step.outputs['status'] ?? ''}, and its agent had tools`]
      : [];
  return ['it has the conversation of an agent with other tools than it asks for'];
});
