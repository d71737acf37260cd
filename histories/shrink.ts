import type { History, ServerPlan, StepPlan } from './history.ts';

/** A history takes at most this many plays to be made smaller. */
const MOST_PLAYS = 400;

/**
 * Returns the smallest history found that is still wrong: steps, faults, inputs and what else a history can do without are taken away, one
 * after the other, for as long as it stays wrong.
 */
export async function shrink(
  history: History,
  isWrong: (smaller: History) => Promise<boolean>,
): Promise<History> {
  let smallest = history;
  let plays = 0;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    let tried = 0;
    // What was tried in vain before a success is not tried again until the next round.
    for (let next = smallerOnes(smallest)[tried]; next !== undefined; next = smallerOnes(smallest)[tried]) {
      if (plays >= MOST_PLAYS) return smallest;
      plays += 1;
      if (await isWrong(next)) {
        smallest = next;
        isSmaller = true;
      } else {
        tried += 1;
      }
    }
  }
  return smallest;
}

/** Returns all histories with one thing less, the largest first. */
function smallerOnes(history: History): readonly History[] {
  const { steps, people, pushes, server } = history;
  return [
    ...steps.flatMap((_, number) => (steps.length > 1 ? (withoutStep(history, number) ?? []) : [])),
    ...people.map((_, index) => ({ ...history, people: people.toSpliced(index, 1) })),
    ...pushes.map((_, index) => ({ ...history, pushes: pushes.toSpliced(index, 1) })),
    ...withoutEach(history, 'pictures'),
    ...smallerServers(server).map((smaller) => ({ ...history, server: smaller })),
    ...withSmallerInputs(steps).map((smaller) => ({ ...history, steps: smaller })),
    ...steps.flatMap((step, number) =>
      smallerSteps(step).map((smaller) => ({ ...history, steps: steps.with(number, smaller) })),
    ),
  ];
}

/** Returns a history without a step; `undefined` if another one continues its conversation. */
function withoutStep(history: History, number: number): History | undefined {
  const { steps } = history;
  if (steps.some(({ continues }) => continues === number)) return undefined;
  const moved = (index: number): number => (index > number ? index - 1 : index);
  const rest = steps.toSpliced(number, 1).map(({ after, continues, ...step }) => ({
    ...step,
    ...(after !== undefined && after !== number && { after: moved(after) }),
    ...(continues !== undefined && { continues: moved(continues) }),
  }));
  return { ...history, steps: rest };
}

/** Returns an object without one of its members, for each of those that it has. */
function withoutEach<T extends object, K extends keyof T>(
  whole: T,
  ...names: readonly K[]
): readonly Omit<T, K>[] {
  return names.flatMap((name) => {
    if (whole[name] === undefined) return [];
    const rest = { ...whole };
    Reflect.deleteProperty(rest, name);
    return [rest];
  });
}

function smallerServers(server: ServerPlan): readonly ServerPlan[] {
  return [
    ...withoutEach(server, 'isShared', 'hasNeighbor', 'hasPicturedNeighbors', 'ignoresIds', 'reservesIds'),
    ...withoutEach(server, 'hidesDeleted'),
    ...withoutEach(server, 'hasNoSockets', 'hasNoPrices', 'hasLimits', 'version', 'wrongDates'),
    ...withoutEach(server, 'failsToClone', 'hasEmptyFolder', 'addsTools'),
    ...(server.scenario === 'finish' ? [] : [{ ...server, scenario: 'finish' as const }]),
  ];
}

/** Returns the steps with one input less. All attempts of a run have the same inputs. */
function withSmallerInputs(steps: readonly StepPlan[]): readonly (readonly StepPlan[])[] {
  const runs = new Map(steps.map(({ run, inputs }) => [run, inputs] as const));
  return [...runs].flatMap(([run, inputs]) =>
    Object.keys(inputs)
      .filter((name) => name !== 'message' && name !== 'idempotency-key')
      .flatMap((name) => withoutEach(inputs, name))
      .map((smaller) => steps.map((step) => (step.run === run ? { ...step, inputs: smaller } : step))),
  );
}

function smallerSteps(step: StepPlan): readonly StepPlan[] {
  const { faults, post } = step;
  return [
    ...withoutEach(step, 'outage', 'cancel', 'kill', 'ahead', 'by'),
    ...faults.map((_, index) => ({ ...step, faults: faults.toSpliced(index, 1) })),
    ...withoutEach(post, 'isGone', 'kill').map((smaller) => ({ ...step, post: smaller })),
    ...faults.flatMap((fault, index) =>
      fault.times === 1 ? [] : [{ ...step, faults: faults.with(index, { ...fault, times: 1 }) }],
    ),
    ...(step.at === 0 ? [] : [{ ...step, at: 0 }]),
  ];
}
