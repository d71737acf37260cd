import { canonicalId } from '../../simulator/ids.ts';
import { PERSONS_MESSAGE } from '../people.ts';
import type { Played } from '../play.ts';
import { eventsOf } from '../truth.ts';
import { taskIn } from './conversations.ts';
import type { Check, Violation } from './violation.ts';

/** An agent gets each message once, and no correction before it has answered the one before. */
export const messagesOnce: Check = (played) =>
  played.agents.flatMap((agent) => [...twice(agent, played), ...crowded(agent, played)]);

type Agent = Played['agents'][number];

function twice(agent: Agent, played: Played): readonly Violation[] {
  const tasks = eventsOf(agent, played, 'user-message')
    .map(({ happening }) => taskIn(happening.text))
    .filter((task) => /^\w+$/.test(task));
  return [...new Set(tasks)].flatMap((task) => {
    const times = tasks.filter((each) => each === task).length;
    // Each attempt of a step that names a conversation sends its message.
    const asked = played.steps.filter(
      ({ inputs, plan }) => plan.continues !== undefined && taskIn(inputs['message'] ?? '') === task,
    );
    if (times <= Math.max(1, asked.length)) return [];
    return [
      {
        promise: 'messages once',
        conversation: canonicalId(agent.id),
        text: `the agent has the task of step ${task} ${times} times`,
      },
    ];
  });
}

/** Corrections, follow-ups about checks and the like come after an answer. */
function crowded(agent: Agent, played: Played): readonly Violation[] {
  const talk = eventsOf(agent, played, 'user-message', 'finish', 'agent-message', 'error', 'agent-state');
  let isOpen = false;
  const wrong: Violation[] = [];
  for (const { at, happening } of talk) {
    if (happening.kind === 'agent-state' && happening.agent === 'working') continue;
    if (happening.kind !== 'user-message') {
      isOpen = false;
      continue;
    }
    const isAskedAgain = isCorrection(happening.text);
    if (isAskedAgain && isOpen)
      wrong.push({
        promise: 'messages once',
        conversation: canonicalId(agent.id),
        text: `at ${at.toFixed(1)} s the agent got another correction before it had answered the one before`,
      });
    isOpen = isAskedAgain;
  }
  return wrong.slice(0, 1);
}

/** Whether a message asks for something more after an answer. */
export function isCorrection(message: string): boolean {
  return taskIn(message) === message && message !== PERSONS_MESSAGE;
}
