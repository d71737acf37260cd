/** GitHub's client, in a file of its own: see `connectGitHub`. */
export { getOctokit } from '@actions/github';
