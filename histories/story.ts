import { canonicalId } from '../simulator/ids.ts';
import type { Violation } from './checks/violation.ts';
import type { Played } from './play.ts';
import type { Beat, ToldRequest } from './told.ts';
import { eventsOf } from './truth.ts';

const MAX_TEXT = 400;
/** What an agent says is shown from both ends: a result is in its last line. */
const MAX_END = 60;

const LEGEND =
  'What happened (times in seconds; ⚡ a fault; → an answer that is no success; "is seen": what the server says, at the next request):';

/** Returns what happened in a history in order of time, what is wrong with it, and the command that repeats it. */
export function storyOf(played: Played, violations: readonly Violation[], planned: string): string {
  const { history, neighbor } = played;
  const wrong = violations.map(
    ({ promise, step, text }) => `✗ ${promise}${step === undefined ? '' : ` (step ${step})`}: ${text}`,
  );
  // What an agent said at a time comes before what the steps then did.
  const all = [...saidBy(played), ...played.beats].sort((one, other) => one.at - other.at);
  return [
    `━━ Seed ${history.seed}`,
    ...(wrong.length === 0 ? ['No promise is broken.'] : wrong),
    '',
    `What was to happen (${planned}; requests are counted from 0):`,
    JSON.stringify(history, null, 2),
    ...(neighbor === undefined ? [] : ["The neighbor is somebody else's agent in the same sandbox."]),
    '',
    LEGEND,
    ...joined(all).map(
      ({ at, who, text }) =>
        `${at.toFixed(3).padStart(10)}  ${who.padEnd(12)} ${shortened(text).replaceAll('\n', '\n'.padEnd(26))}`,
    ),
    '',
    'In the end:',
    ...played.steps.map(
      ({ number, main, post, outputs }) =>
        `step ${number}: main ${main}, post ${post}, ${JSON.stringify(withoutText(outputs))}`,
    ),
    ...played.conversations.map(({ id, state }) => `conversation ${shortId(id)}: ${JSON.stringify(state)}`),
    ...played.comments.map(
      ({ id, issue, body }) => `comment ${id} on ${issue}: ${body.split('\n')[0] ?? ''}`,
    ),
    '',
    `Again: npm run histories -- --only ${history.seed}`,
  ].join('\n');
}

interface Line extends Omit<Beat, 'what'> {
  readonly text: string;
}

/** Joins polls that follow each other to one line. */
function joined(beats: readonly Beat[]): readonly Line[] {
  const lines: { readonly beat: Beat; times: number }[] = [];
  for (const beat of beats) {
    const last = lines.at(-1);
    if (last !== undefined && isSamePoll(last.beat, beat)) last.times += 1;
    else lines.push({ beat, times: 1 });
  }
  return lines.map(({ beat: { at, who, what }, times }) => ({
    at,
    who,
    text: `${typeof what === 'string' ? what : wordsOf(what)}${times === 1 ? '' : `   (${times} times)`}`,
  }));
}

function isSamePoll({ who, what: one }: Beat, { who: otherWho, what: other }: Beat): boolean {
  if (who !== otherWho || typeof one === 'string' || typeof other === 'string') return false;
  return isPoll(one) && isPoll(other) && pathOf(one) === pathOf(other);
}

function isPoll({ method, mishap, status = 0 }: ToldRequest): boolean {
  return method === 'GET' && mishap === undefined && status < 300;
}

function pathOf({ target }: ToldRequest): string {
  return target.split('?')[0] ?? '';
}

function wordsOf({ method, target, mishap, status }: ToldRequest): string {
  const fault = mishap === undefined ? '' : `   ⚡ ${JSON.stringify(mishap)}`;
  const answer = status === undefined ? '   → no answer' : status >= 300 ? `   → ${status}` : '';
  return `${method} ${target}${fault}${answer}`;
}

const ID = /\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b/g;

/** Shortens a text: each id to six digits, several ids of a query to their number, and the rest to a length. */
function shortened(text: string): string {
  const short = text
    .replace(/(ids=[^&]*)((?:&ids=[^&]*)+)/, (_, first: string, more: string) => {
      return `${first} and ${more.split('&ids=').length - 1} more`;
    })
    .replace(ID, shortId);
  return short.length <= MAX_TEXT
    ? short
    : `${short.slice(0, MAX_TEXT - MAX_END)} … ${short.slice(-MAX_END)}`;
}

function shortId(id: string): string {
  return canonicalId(id).slice(0, 6);
}

/** Returns the outputs but for the agent's text, which the log has. */
function withoutText(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => name !== 'response'));
}

function saidBy(played: Played): readonly Beat[] {
  return played.agents.flatMap((agent) =>
    eventsOf(agent, played, 'user-message', 'finish', 'agent-message', 'error').map(({ at, happening }) => ({
      at,
      who: `agent ${shortId(agent.id)}`,
      what: JSON.stringify(happening),
    })),
  );
}
