import type { Played } from '../play.ts';
import { textOf, type ToldStep } from '../told.ts';
import { agentsOf, eventsOf, toldId } from '../truth.ts';
import { broken, ofEachStep } from './violation.ts';

/**
 * The summary shows a plan that the agent has written, and none that it has taken back. If the step has seen the agent's end, it is the newest.
 * Post does not know it.
 */
export const planIsNewest = ofEachStep('the plan is the newest', (step, played) => {
  const shown = shownIn(step.page);
  // The events that a server pushes tell of a plan that was written after the last request, too.
  const known = writtenIn(played, step, step.endedAt);
  const last = writtenIn(played, step, lastAskedAt(step)).at(-1);
  if (shown !== undefined && !known.some(({ words }) => words === shown))
    return [`the agent has not written the plan "${shown}"`];
  if (last === undefined || !hasSeenEnd(step) || !last.isOfLastTurn) return [];
  return shown === (last.words === NONE ? undefined : last.words)
    ? []
    : [`the newest plan is "${last.words}", and the page shows ${shown ?? 'none'}`];
});

const NONE = '0 of 0 done';

/** When main last asked the server. */
function lastAskedAt({ requests }: ToldStep): number {
  return requests.findLast(({ by, target }) => by === 'main' && target.includes('/api/'))?.at ?? 0;
}

/** Returns how far an agent was with its plan each time that it wrote it, oldest first. A deleted conversation may have had the same id. */
function writtenIn(
  played: Played,
  step: ToldStep,
  until: number,
): readonly { readonly words: string; readonly isOfLastTurn: boolean }[] {
  const events = agentsOf(played, toldId(step))
    .map((agent) => eventsOf(agent, played, 'plan-result', 'user-message').filter(({ at }) => at <= until))
    .findLast((each) => each.length > 0);
  if (events === undefined) return [];
  const last = events.findLastIndex(({ happening }) => happening.kind === 'user-message');
  return events.flatMap(({ happening }, index) => {
    if (happening.kind === 'user-message') return [];
    const done = happening.tasks.filter(({ status }) => status === 'done').length;
    return { words: `${done} of ${happening.tasks.length} done`, isOfLastTurn: index > last };
  });
}

function shownIn(page: string): string | undefined {
  return /^(?:<summary>Plan \(|\*\*Plan: )(\d+ of \d+ done)/m.exec(page)?.[1];
}

/** Whether main has read all events of an agent that has finished or failed, and has written the page. */
function hasSeenEnd(step: ToldStep): boolean {
  const isOver = ['finished', 'error'].includes(step.outputs['status'] ?? '');
  const isUnread = /could not be read|had not arrived/.test(textOf(step));
  return isOver && !isUnread && step.main === 'done' && step.page.includes('<summary>What the agent did');
}

/** What the hostile titles of plans would mention, link or show. */
const ACTIVE = /@octocat|@everyone|evil\.example|tracker\.example|<script|<!--/;
/** A title in a list: all of it is in one code span, whose fence is longer than each run of back-ticks in it. */
const INERT =
  /^- (?:\[[ x]\] |Plan: \d+ of \d+ done · )(`+)(?!`)(?:(?!(?<!`)\1(?!`)).)+(?<!`)\1(?!`)(?: \((?:in progress|begun)\))?$/;

/** No title of a plan mentions anybody, links to anything or breaks out of its line, in summary and comment; none is a command in the log. */
export const titlesAreInert = ofEachStep('titles are inert', (step, { comments, history }) => {
  if (history.server.scenario !== 'hostile-plan') return [];
  const pages = [step.page, ...comments.flatMap(({ bodies }) => bodies)];
  const lines = pages.flatMap((page) => page.split('\n')).filter((line) => /^- (?:\[|Plan:)/.test(line));
  const active = lines.find((line) => ACTIVE.test(line) && !INERT.test(line));
  const long = [...lines, ...step.lines.map(({ text }) => text)].find(
    (line) => line.includes('Long Long') && line.length > 500,
  );
  const command = step.lines.find(({ text }) => text.includes('Plan: ') && /^\s*::|##\[/.test(text));
  return broken([
    [active === undefined, `a title that is not inert: ${active ?? ''}`],
    [long === undefined, 'a title that is too long'],
    [command === undefined, `a title that is a command: ${command?.text ?? ''}`],
  ]);
});
