import { diceOf } from './dice.ts';
import type { History, StepPlan } from './history.ts';

/** The branch that a server fails to clone. */
export const UNCLONED_BRANCH = 'typo';

type Folders = Pick<History, 'server' | 'steps'>;

/**
 * Lets V1 fail to clone what some of the steps ask for, or an agent server work in an empty folder, which becomes a repository, or load
 * what its owner has installed. The dice are others, so that the rest of a history does not depend on it.
 */
export function withFolders(seed: number, { server, steps }: Folders): Folders {
  const dice = diceOf(seed * 3_141_593 + 31);
  const { kind } = server;
  if (kind === 'agent-server') {
    if (dice.chance(0.12))
      return { server: { ...server, hasEmptyFolder: true }, steps: withInputs(steps, withoutBranch) };
    return { server: { ...server, ...dice.maybe(0.1, { addsTools: true as const }) }, steps };
  }
  if (kind === 'v0' || !dice.chance(0.12)) return { server, steps };
  const failsToClone = dice.pick(['repository', 'branch', 'branch'] as const);
  const change = (inputs: Inputs): Inputs =>
    failsToClone === 'branch'
      ? { ...inputs, ...dice.maybe(0.6, { branch: UNCLONED_BRANCH }) }
      : { ...inputs, ...dice.maybe(needsRepository(inputs) ? 0 : 0.2, { repository: 'none' }) };
  return { server: { ...server, failsToClone }, steps: withInputs(steps, change) };
}

const WITH_REPOSITORY = ['patch-file', 'wait-for-checks', 'review'];

function needsRepository(inputs: Inputs): boolean {
  return inputs['require-result'] === 'pull-request' || WITH_REPOSITORY.some((name) => name in inputs);
}

type Inputs = StepPlan['inputs'];

/** Returns steps with other inputs. All attempts of a run have the same. */
export function withInputs(
  steps: readonly StepPlan[],
  change: (inputs: Inputs) => Inputs,
): readonly StepPlan[] {
  const runs = new Map<number, Inputs>();
  for (const { run, inputs } of steps) if (!runs.has(run)) runs.set(run, change(inputs));
  return steps.map((step) => ({ ...step, inputs: runs.get(step.run) ?? step.inputs }));
}

/** Returns inputs without the branch: no worktree can be made from an empty folder. */
function withoutBranch(inputs: Inputs): Inputs {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== 'branch'));
}
