import { execFileSync } from 'node:child_process';

/** The environment of git: none of the machine's settings, and a name for commits. */
const GIT = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Somebody',
  GIT_AUTHOR_EMAIL: 'somebody@invalid',
  GIT_COMMITTER_NAME: 'Somebody',
  GIT_COMMITTER_EMAIL: 'somebody@invalid',
};

/** Runs a shell script with git in a folder, and returns its output. */
export function sh(cwd: string, script: string, env: Readonly<Record<string, string>> = {}): string {
  return execFileSync('sh', ['-eu', '-c', script], {
    cwd,
    env: { ...GIT, ...env },
    encoding: 'utf8',
  }).trim();
}
