/**
 * What the built files have instead of packages that GitHub's toolkit imports for what the action does not use. Only what runs
 * while the toolkit is loaded works.
 */
function leftOut(): never {
  throw new Error('this is left out of the built action: see Dependencies in CONTRIBUTING.md');
}

/** Octokit's default `fetch` would use it: the action gives Octokit its own. */
export class HttpClient {
  readonly getAgent = (): undefined => undefined;
  readonly getAgentDispatcher = (): undefined => undefined;
}
export { leftOut as BearerCredentialHandler, leftOut as fetch, leftOut as getExecOutput };
