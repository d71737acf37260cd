/** The values of `failedTo` in the problems of local/. */
export const START_SERVER = 'start the agent server';
export const INSTALL = 'install the agent server';
export const ISOLATE = 'isolate the agent';

/** Thrown if a part of the start failed, with the problem that people see. */
export class LocalFailure extends Error {
  override readonly name = 'LocalFailure';
  readonly problem: { readonly failedTo: string; readonly because: string; readonly advice: string };

  constructor(failedTo: string, because: string, advice: string) {
    super(because);
    this.problem = { failedTo, because, advice };
  }
}
