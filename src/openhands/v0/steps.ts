import * as v from 'valibot';

import type { AgentStep, Since, Steps } from '../../conversation/conversation.ts';
import { type NewestEvents, stepsIn } from '../steps.ts';
import { agentStatusIn, answerIn, errorIn, type Event, messageIn, personMessageIn } from './events.ts';

const Text = v.fallback(v.nullish(v.string()), null);
const Observation = v.looseObject({ observation: v.string() });
const Action = v.looseObject({ source: v.literal('agent'), action: v.string(), message: Text });

/**
 * Actions that are not steps: those of the framework, and the finish, whose text is the answer.
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
  // Only one without a text gets here: with a text it is a message.
  'message',
];

/** Returns the agent's new steps in V0's newest events. */
export function v0StepsIn(newest: NewestEvents<Event>, since: Since = {}): Steps {
  const idOf = ({ id }: Event): string | undefined => id?.toString();
  return stepsIn(newest, since, {
    cursorOf: idOf,
    isAt: (event, cursor) => idOf(event) === cursor,
    isBefore: () => false,
    stepIn,
    answerIn,
    personMessageIn,
    awaitsConfirmationIn(event) {
      const status = agentStatusIn(event);
      return status === undefined ? undefined : status === 'awaiting_user_confirmation';
    },
    isResult: (event) => v.is(Observation, event) && agentStatusIn(event) === undefined,
  });
}

function stepIn(event: Event): AgentStep | undefined {
  const error = errorIn(event);
  if (error !== undefined) return { kind: 'error', text: error };
  const text = messageIn(event);
  if (text !== undefined) return { kind: 'message', text };
  const parsed = v.safeParse(Action, event);
  if (!parsed.success || NO_STEPS.includes(parsed.output.action)) return undefined;
  const { action, message } = parsed.output;
  // `message` is the server's description of the action.
  return { kind: 'action', text: message?.trim() ? message : action };
}
