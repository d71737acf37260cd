import { textOf } from '../../simulator/body-checks.ts';
import { isRecord, type JsonObject, parseJson } from '../../simulator/json.ts';
import type { Played } from '../play.ts';
import { agentsOf, eventsOf, toldId } from '../truth.ts';
import { type Check, ofEachStep } from './violation.ts';

/** All that a start without tools says. */
const SAID = ['agent_settings', 'conversation_id', 'initial_message', 'tags', 'workspace'];
const SETTINGS = ['llm', 'tools'];
const FOLDER = /^\/tmp\/openhands-without-tools\/[\da-f-]{36}$/;

/** A start without tools has none, no profile, no plugin, and no folder that others have. */
export const bareStarts: Check = (played) =>
  bareStartsOf(played).flatMap((start) => {
    const { agent_settings: settings, workspace } = start;
    const extra = [
      ...Object.keys(start).filter((name) => !SAID.includes(name)),
      ...(isRecord(settings) ? Object.keys(settings).filter((name) => !SETTINGS.includes(name)) : []),
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
    const settings = start['agent_settings'];
    const tools = isRecord(settings) ? settings['tools'] : undefined;
    return Array.isArray(tools) && tools.length === 0 ? [start] : [];
  });
}

/** No agent with tools answers a step without tools, and the other way round. */
export const bareAnswers = ofEachStep('without tools', (step, played) => {
  if (played.history.server.kind !== 'agent-server' || step.inputs['conversation-id'] !== undefined)
    return [];
  const isBare = step.inputs['tools'] === 'none';
  const told = agentsOf(played, toldId(step)).flatMap((agent) => eventsOf(agent, played, 'system-prompt'));
  const wrong = told.filter(({ happening: { tools } }) => isBare !== tools.length <= 2);
  return wrong.length > 0 ? ['it has the conversation of an agent with other tools than it asks for'] : [];
});
