/**
 * Returns the numbers of a GitHub repository's pull requests whose addresses are in answers, without duplicates, those named last first.
 *
 * @param answers the newest first.
 * @param gitHubUrl GitHub's URL, without a trailing slash.
 */
export function lastNamedPullRequests(
  answers: readonly string[],
  repository: string,
  gitHubUrl: string,
): readonly number[] {
  const urls = lastNamedAddresses(answers, RegExp.escape(gitHubUrl), pathOnGitHub(repository));
  return [...new Set(urls.map((url) => Number(/\d{1,9}$/.exec(url)?.[0])))];
}

/** Returns the path of a pull request's address on GitHub, up to its number. */
export function pathOnGitHub(repository: string): string {
  return `${repository}/pull/`;
}

/** Like {@link lastNamedPullRequests}, but returns addresses, which consist of the server, the path and a number. `server`: a pattern. */
export function lastNamedAddresses(
  answers: readonly string[],
  server: string,
  path: string,
): readonly string[] {
  const address = new RegExp(`${server}/${RegExp.escape(encodeURI(path))}\\d{1,9}(?!\\d)`, 'gi');
  return [...new Set(answers.flatMap((answer) => (answer.match(address) ?? []).toReversed()))];
}
