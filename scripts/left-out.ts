/**
 * Replaces packages that GitHub's toolkit imports, but only for what the action does not use. Only what runs while the toolkit
 * is loaded works.
 */
function refuse(): never {
  throw new Error('this package is left out of the built action: see Dependencies in CONTRIBUTING.md');
}

/** Octokit's default `fetch` would use it: the action gives Octokit its own. */
export class HttpClient {
  readonly getAgent = (): undefined => undefined;
  readonly getAgentDispatcher = (): undefined => undefined;
}
export { refuse as BearerCredentialHandler, refuse as fetch, refuse as getExecOutput };
