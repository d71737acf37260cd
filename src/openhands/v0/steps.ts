import * as v from 'valibot';

import type { AgentStep, Since, Steps } from '../../conversation/conversation.ts';
import { type NewestEvents, stepsIn } from '../steps.ts';
import { agentStatusIn, answerIn, errorIn, type Event, messageIn, personMessageIn } from './events.ts';

const Text = v.fallback(v.nullish(v.string()), null);
const Observation = v.looseObject({ observation: v.string() });
const Action = v.looseObject({ source: v.literal('agent'), action: v.string(), message: Text });

/**
 * Not the agent's work: the framework's own. The finish is none either: what it says is the answer.
 * Source: `ActionType` in All-Hands-AI/OpenHands, openhands/core/schema/action.py.
 */
const NO_STEPS = [
  '',
  'null',
  'system',
  'stored',
  'change_agent_state',
  'condensation',
  'condensation_request',
  'finish',
  // Without a text, or it would be a message.
  'message',
];

/** The agent's steps in the newest events of V0. */
export function v0StepsIn(newest: NewestEvents<Event>, since: Since = {}): Steps {
  const idOf = ({ id }: Event): string | undefined => id?.toString();
  return stepsIn(newest, since, {
    cursorOf: idOf,
    isAt: (event, cursor) => idOf(event) === cursor,
    isBefore: () => false,
    stepIn,
    answerIn,
    personMessageIn,
    waitsIn(event) {
      const status = agentStatusIn(event);
      return status === undefined ? undefined : status === 'awaiting_user_confirmation';
    },
    isResult: (event) => v.is(Observation, event) && agentStatusIn(event) === undefined,
  });
}

function stepIn(event: Event): AgentStep | undefined {
  const error = errorIn(event);
  if (error !== undefined) return { kind: 'error', text: error };
  const said = messageIn(event);
  if (said !== undefined) return { kind: 'message', text: said };
  const done = v.safeParse(Action, event);
  if (!done.success || NO_STEPS.includes(done.output.action)) return undefined;
  const { action, message } = done.output;
  // `message` is the server's description of the action.
  return { kind: 'action', text: message?.trim() ? message : action };
}
