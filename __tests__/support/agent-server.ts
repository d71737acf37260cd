import type { SimulatorOptions } from '../../simulator/server/server.ts';
import type { Disturb } from '../../testbed/network.ts';
import type { Step, Steps } from '../../testbed/steps.ts';
import { KEY } from '../../testbed/world.ts';
import { openSteps } from './open-steps.ts';

/** A simulated agent server by itself, which expects a session key. */
export const ALONE = { api: 'agent-server', authorization: { kind: 'session', key: KEY } } as const;

/** The inputs of a step at such a server. */
export const OF_ALONE = {
  'api-version': 'agent-server',
  model: 'openai/any',
  'working-directory': '/work',
} as const;

export type Variant = NonNullable<SimulatorOptions['agentServer']>;

/** Opens an agent server for several steps. `variant`: how it differs from the usual one. */
export async function openServer(
  variant: Variant = {},
  more: SimulatorOptions = {},
  disturb?: Disturb,
): Promise<Steps> {
  return openSteps({ ...ALONE, agentServer: variant, ...more }, disturb && { disturb });
}

export const errorOf = ({ runner }: Pick<Step, 'runner'>): string => runner.failures.join('\n');
export const idOf = ({ runner }: Pick<Step, 'runner'>): string => runner.outputs['conversation-id'] ?? '';
