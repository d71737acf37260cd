/** A task of a plan. `status` as the agent's tool names it. */
export interface Task {
  readonly title: string;
  readonly status: 'todo' | 'in_progress' | 'done';
}

/** The list of tasks that an agent has written, in its own words. An empty list takes back what it had written before. */
export interface Plan {
  /** The first of them. */
  readonly tasks: readonly Task[];
  /** How many there are. */
  readonly count: number;
  readonly done: number;
  /** The title of the task that the agent works on, or else of its next one; absent if all are done. */
  readonly current?: string;
}

/** How many tasks of a plan are kept: nobody reads more in a comment. */
const MAX_TASKS = 20;

/** Returns the plan of a list of tasks, in its order. */
export function planOf(tasks: readonly Task[]): Plan {
  const current =
    tasks.find(({ status }) => status === 'in_progress') ?? tasks.find(({ status }) => status === 'todo');
  return {
    tasks: tasks.slice(0, MAX_TASKS),
    count: tasks.length,
    done: tasks.filter(({ status }) => status === 'done').length,
    ...(current && { current: current.title }),
  };
}

/** Whether people would see a difference between two plans. An empty one is as none. */
export function isSamePlan(one: Plan | undefined, other: Plan | undefined): boolean {
  return JSON.stringify(one ?? planOf([])) === JSON.stringify(other ?? planOf([]));
}
