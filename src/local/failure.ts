import type { Problem } from '../conversation/problem.ts';

/** What can fail, as people are told. */
export const START = 'start the agent server';
export const INSTALL = 'install the agent server';
export const ISOLATE = 'isolate the agent';

/** A step of the start failed, and this is what people are told. */
export class LocalFailure extends Error {
  override readonly name = 'LocalFailure';
  readonly problem: Problem;

  constructor(failedTo: string, because: string, todo: string) {
    super(because);
    this.problem = { failedTo, because, todo };
  }
}
