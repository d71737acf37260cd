/** What an agent does that plans: a command of a second, or a call of its tool for plans. */
export type Planned =
  | { readonly kind: 'command'; readonly number: number }
  | {
      readonly kind: 'task_tracker';
      readonly command: 'plan' | 'view';
      readonly task_list: readonly object[];
      readonly summary: string;
    };

/** The titles of its tasks. The first attacks whoever shows it. */
const TITLES = ['Read <b>@octocat</b> [x](https://evil.example) #1', 'Run the tests', 'Fix it'] as const;
/** How many commands it runs with its first plan, if the script does not say. */
export const COMMANDS = 2;

type Status = 'todo' | 'in_progress' | 'done';

function planned(...statuses: readonly Status[]): Planned {
  const task_list = TITLES.map((title, index) => ({ title, notes: '', status: statuses[index] ?? 'todo' }));
  return { kind: 'task_tracker', command: 'plan', task_list, summary: 'Write the plan' };
}

const FIRST = planned('in_progress');
const SECOND = planned('done', 'in_progress');
const VIEW: Planned = { kind: 'task_tracker', command: 'view', task_list: [], summary: 'Look at the plan' };
const LAST = planned('done', 'done', 'done');

/** Returns what an agent that plans does as the step with a number from 0; `undefined` once that is all. One that abandons has not all done. */
export function planOf(step: number, commands: number, abandons: boolean): Planned | undefined {
  if (step === 0) return FIRST;
  if (step <= commands) return { kind: 'command', number: step };
  return [SECOND, VIEW, ...(abandons ? [] : [LAST])][step - commands - 1];
}
