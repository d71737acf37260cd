import type { Plan, Task } from '../port/plan.ts';
import { codeSpan, shorten } from '../text/safe.ts';

/** The limit of a title, in characters. */
const MAX_TITLE_LENGTH = 120;

/** Returns how far an agent is with its plan, such as `2 of 5 done`. */
export function progressOf({ count, done }: Plan): string {
  return count === 0 ? 'taken back' : `${done} of ${count} done`;
}

/** Returns the title of a task that is not done, in which the agent is or which is next; `undefined` if there is none. */
export function currentIn({ current }: Plan): string | undefined {
  return current === undefined ? undefined : shorten(current, MAX_TITLE_LENGTH);
}

/**
 * Formats a plan as a task list of Markdown, with the agent's titles in code spans; `undefined` without tasks. `hasEnded`: no agent is at
 * work any more.
 */
export function planList({ tasks, count }: Plan, hasEnded: boolean): string | undefined {
  if (count === 0) return undefined;
  const more = count - tasks.length;
  const lines = tasks.map((task) => taskLine(task, hasEnded));
  if (more > 0) lines.push(`- … ${more} more`);
  return lines.join('\n');
}

/** What stands for a title that nobody can see. */
const UNTITLED = 'untitled';

function taskLine({ title, status }: Task, hasEnded: boolean): string {
  const shown = codeSpan(shorten(title, MAX_TITLE_LENGTH)) || UNTITLED;
  if (status === 'done') return `- [x] ${shown}`;
  return status === 'in_progress'
    ? `- [ ] ${shown} (${hasEnded ? 'begun' : 'in progress'})`
    : `- [ ] ${shown}`;
}
