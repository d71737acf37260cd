import type { SimulatedCheck } from '../../simulator/github/api.ts';
import type { GithubSteps } from './github-steps.ts';
import { messagesTo } from './messages.ts';

/** The inputs of a step that waits for checks, and of one that sends failed ones to the agent. */
export const WAIT = {
  message: 'Check the README',
  'api-version': 'v1',
  poll: 'true',
  'wait-for-checks': 'true',
};
export const FIX = { ...WAIT, 'max-fix-rounds': '2' };

export const GREEN: SimulatedCheck = { name: 'test', to: 60 };
export const RED: SimulatedCheck = {
  name: 'test',
  to: 60,
  conclusion: 'failure',
  log: 'one\n1 test failed\n',
};

/** Returns the follow-up messages to the agent of the only conversation. */
export function sent(steps: Pick<GithubSteps, 'simulator'>): readonly string[] {
  return messagesTo(steps).slice(1);
}
