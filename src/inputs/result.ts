import type { Workplace } from '../port/assignment.ts';
import type { InputReader } from './reader.ts';
import { refuseSchemas } from './schema.ts';

/** What the step needs to succeed besides the end: that the agent says that it has done the task. */
export interface ResultOptions {
  /** The repository in which there must also be a pull request, as `owner/repo`; absent if none is needed. */
  readonly repository?: string;
}

/** Reads `require-result`; `undefined` if the step succeeds whatever the agent says. */
export function resultIn(read: InputReader, workplace: Workplace | undefined): ResultOptions | undefined {
  const required = read.choice('require-result', ['none', 'done', 'pull-request']);
  if (required === 'none') return undefined;
  read.requirePoll('require-result', 'the agent says only at its end whether it has done the task');
  refuseSchemas(read, 'require-result');
  if (required === 'done') return {};
  const repository = read.requireGitHub(
    workplace,
    'require-result: pull-request',
    'use require-result: done',
  );
  return { repository };
}
