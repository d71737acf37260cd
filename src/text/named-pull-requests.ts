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
  return [...new Set(answers.flatMap((answer) => numbersIn(answer, repository, gitHubUrl).toReversed()))];
}

/** Returns the numbers of a GitHub repository's pull requests whose addresses are in a text, each as often as it is there. */
export function numbersIn(text: string, repository: string, gitHubUrl: string): readonly number[] {
  const urls = addressesIn(text, RegExp.escape(gitHubUrl), pathOnGitHub(repository));
  return urls.map((url) => Number(/\d{1,9}$/.exec(url)?.[0]));
}

/** Returns the path of a pull request's address on GitHub, up to its number. */
export function pathOnGitHub(repository: string): string {
  return `${repository}/pull/`;
}

/** Returns the addresses in a text that consist of the server, the path and a number, each as often as it is there. */
export function addressesIn(text: string, server: string, path: string): readonly string[] {
  const address = new RegExp(`${server}/${RegExp.escape(encodeURI(path))}\\d{1,9}(?!\\d)`, 'gi');
  return text.match(address) ?? [];
}
