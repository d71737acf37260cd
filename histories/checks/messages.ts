import { canonicalId } from '../../simulator/ids.ts';
import { messageIn } from '../message-in.ts';
import { PERSONS_MESSAGE } from '../people.ts';
import type { Played } from '../play.ts';
import type { ToldRequest } from '../told.ts';
import { eventsOf } from '../truth.ts';
import { taskIn } from './conversations.ts';
import { type Check, ofEachStep, type Violation } from './violation.ts';

/** An agent gets each message once, and no correction before it has answered the one before. */
export const messagesOnce: Check = (played) =>
  played.agents.flatMap((agent) => [
    ...twice(agent, played),
    ...roundsTwice(agent, played),
    ...crowded(agent, played),
  ]);

/** A message that a step calls delivered has reached the server: it was accepted, or it is there although its answer was lost. */
export const messagesArrive = ofEachStep('messages arrive', (step, played) =>
  step.lines
    .filter(({ text }) => /^\[[\d:]+\] The agent has the message$/.test(text))
    .flatMap(({ at }) => {
      const sent = step.requests.filter((each) => each.message !== undefined && each.at <= at);
      const before = sent.findLast((each) => each.at < at);
      // At the same instant, the step may have sent the next one.
      const mayBeMeant = sent.filter((each) => each === before || each.at === at);
      return mayBeMeant.some((each) => hasArrived(each, played))
        ? []
        : [`at ${at.toFixed(1)} s it calls a message delivered that has not reached the server`];
    }),
);

/** Whether the server has accepted a message, or an agent has it. In the first message of a conversation, more may be added to it. */
function hasArrived({ message }: ToldRequest, played: Played): boolean {
  const isAccepted = played.requests.some(
    ({ body, status }) => status >= 200 && status < 300 && messageIn(body) === message,
  );
  const isStored = [...played.deleted.agents, ...played.agents].some((agent) =>
    eventsOf(agent, played, 'user-message').some(
      ({ happening }) => taskIn(happening.text) === taskIn(message ?? ''),
    ),
  );
  return isAccepted || isStored;
}

/** Whoever does not know whether a message has arrived does not send it again: two refusals show that it has not, or that no server got it. */
export const messagesOnceSent = ofEachStep('messages once', ({ requests }) => {
  const sent = requests.filter(({ message }) => message !== undefined);
  return sent.flatMap(({ at, message, target, mishap, status = 0 }, index) => {
    const isSentAgain = sent
      .slice(index + 1)
      .some((later) => later.message === message && later.target === target);
    const isUnsent = mishap !== undefined && UNSENT.has(mishap.answer.kind);
    return isSentAgain && !isUnsent && !SENT_AGAIN_AFTER.has(status)
      ? [
          `its message of ${at.toFixed(1)} s may have arrived (${status === 0 ? 'no answer' : status}), and was sent again`,
        ]
      : [];
  });
});

/** The answers after which a message is sent again: there were too many requests, and the sandbox was paused. */
const SENT_AGAIN_AFTER: ReadonlySet<number> = new Set([429, 409]);
/** No connection was made, or a login in front of the server has answered. */
const UNSENT: ReadonlySet<string> = new Set(['refused', 'redirect', 'page']);

type Agent = Played['agents'][number];

/** An agent has a task once; with `conversation-id`, once for each attempt of the step, which has each asked for it. */
function twice(agent: Agent, played: Played): readonly Violation[] {
  const tasks = eventsOf(agent, played, 'user-message')
    .map(({ happening }) => taskIn(happening.text))
    .filter((task) => /^\w+$/.test(task));
  return [...new Set(tasks)].flatMap((task) => {
    const times = tasks.filter((each) => each === task).length;
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

/** A round of failed checks, which the first line of its message names, is sent once. */
function roundsTwice(agent: Agent, played: Played): readonly Violation[] {
  const rounds = eventsOf(agent, played, 'user-message').flatMap(
    ({ happening }) => /^Checks, round \d+ of \d+, commit \w+/.exec(happening.text) ?? [],
  );
  return [...new Set(rounds)]
    .filter((round) => rounds.indexOf(round) !== rounds.lastIndexOf(round))
    .map((round) => ({
      promise: 'messages once',
      conversation: canonicalId(agent.id),
      text: `the agent has more than one message that begins with: ${round}`,
    }));
}

/** Corrections, follow-ups about checks and the like come after an answer. */
function crowded(agent: Agent, played: Played): readonly Violation[] {
  const talk = eventsOf(agent, played, 'user-message', 'finish', 'agent-message', 'error', 'agent-state');
  let openSince = Number.POSITIVE_INFINITY;
  const wrong: Violation[] = [];
  for (const { at, happening } of talk) {
    if (happening.kind === 'agent-state' && happening.agent === 'working') continue;
    if (happening.kind !== 'user-message') {
      openSince = Number.POSITIVE_INFINITY;
      continue;
    }
    const isAskedAgain = isCorrection(happening.text);
    if (isAskedAgain && openSince <= at)
      wrong.push({
        promise: 'messages once',
        conversation: canonicalId(agent.id),
        text: `at ${at.toFixed(1)} s the agent got another correction before it had answered the one before`,
      });
    openSince = isAskedAgain ? at : Number.POSITIVE_INFINITY;
  }
  return wrong.slice(0, 1);
}

/** Whether a message asks for something more after an answer. */
export function isCorrection(message: string): boolean {
  return taskIn(message) === message && message !== PERSONS_MESSAGE;
}
