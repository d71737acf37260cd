import type { FaultAnswer } from '../simulator/faults.ts';
import type { Simulator } from '../simulator/server/server.ts';
import type { Disturb, NetworkFault } from './network.ts';

/** What goes wrong with a request, on its way or at the server. Time passes by the simulated clock only. */
export interface Mishap {
  /** Means the same as in a fault of the simulator. */
  readonly when?: 'before' | 'after';
  readonly answer: FaultAnswer | NetworkFault;
}

/** Whether a request with this path goes to GitHub. */
export function isOfGithub(target: string): boolean {
  return /^\/(?:repos|_logs|583231)\/|^\/(?:user|graphql)$/.test(target);
}

/** Returns a mishap on the way, or orders a mishap of the server for the very next request. */
export function handOver(
  { answer, when }: Mishap,
  simulator: Pick<Simulator, 'order'>,
  method: string,
  path: string,
): ReturnType<Disturb> {
  switch (answer.kind) {
    case 'refused':
    case 'unknown-host':
    case 'drip':
    case 'late':
    case 'hang':
    case 'slow':
    case 'tampered':
      return { answer, ...(when && { when }) };
    default:
      simulator.order({ method, path, answer, ...(when && { when }) });
      return undefined;
  }
}
