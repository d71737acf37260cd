import { isOfGithub } from '../../testbed/mishap.ts';
import { type Actor, ROLES } from '../history.ts';
import type { ToldStep } from '../told.ts';
import { ofEachStep } from './violation.ts';

const RANKS = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

/** Whether the inputs of a step allow an agent to who has caused it. */
export function mayAct({ plan: { by }, inputs, requests }: ToldStep): boolean {
  if (by === undefined) return true;
  // GitHub's word for an account without a permission.
  if (requests.some(({ target, status }) => target.includes('/collaborators/') && status === 404))
    return false;
  if (isBot(by)) return (inputs['allowed-bots'] ?? '').split(/,\s*/).includes(by);
  return RANKS.indexOf(ROLES[by]) >= RANKS.indexOf(inputs['require-permission'] ?? 'write');
}

function isBot(by: Actor): by is 'helper[bot]' {
  return by.endsWith('[bot]');
}

/** The ends of a step that asked GitHub in vain, and of one that was not there for long enough. */
const WITHOUT_ANSWER = ['start-failed', 'timed-out', 'cancelled'];

/** Whoever lacks the permission starts, messages and resumes no agent, and the step is skipped. */
export const onlyWhoMay = ofEachStep('only who may', (step) => {
  if (mayAct(step)) return [];
  const acts = step.requests.filter(({ method, target }) => method !== 'GET' && !isOfGithub(target));
  const { status = '' } = step.outputs;
  const isEndRight = step.main !== 'done' || status === 'skipped' || WITHOUT_ANSWER.includes(status);
  return [
    ...acts.slice(0, 1).map(({ method, target }) => `who may not has caused ${method} ${target}`),
    ...(isEndRight ? [] : [`who may not has caused a step that ended as ${status}`]),
  ];
});
