import { RequestFailed } from '../../http/failure.ts';
import type { FailedStart } from '../../port/place.ts';
import { reasonLine } from '../../text/safe.ts';

/**
 * What only the words of an agent server tell about a failed request. `no-folder`: there is no such folder. `no-repository`: it is in no
 * git repository, or the server has no git. `no-commit`: the repository has no commit. `no-files`: git fails although
 * no file is asked for, so the folder has no files of a repository. `no-patch`: git fails, and will fail again, such as at a nested
 * repository without a commit. `no-worktree`: git cannot make a worktree. `no-model`: the profile has no model.
 */
type Meaning =
  'no-folder' | 'no-repository' | 'no-commit' | 'no-files' | 'no-patch' | 'no-worktree' | 'no-model';

/** Stands for the words of a server that says nothing about an empty repository: its answer only names no commit. */
export const NO_COMMIT = 'the repository has no commit';

/**
 * The words, and what they mean: the first that fit count.
 * Source: `file_router.py` in OpenHands/software-agent-sdk; seen with 1.34.0, 1.49.1 and 1.58.2.
 */
const WORDS: readonly (readonly [RegExp, Meaning])[] = [
  [/^Directory not found$/, 'no-folder'],
  [/^Not a git repository/, 'no-repository'],
  [/^base_ref .HEAD. could not be resolved/, 'no-commit'],
  [/Failed to generate git delta: Failed/, 'no-files'],
  [/Failed to (?:generate git delta|archive directory)/, 'no-patch'],
  [/git worktree add/, 'no-worktree'],
  [/LLM profile/, 'no-model'],
];

/** Returns what the words of an agent server say about a failed request; `undefined` if they say nothing that the action knows. */
export function meaningOf(error: unknown): Meaning | undefined {
  return error instanceof RequestFailed ? meaningIn(error.failure) : undefined;
}

/** Like {@link meaningOf}, for a failure that is not thrown yet. */
export function meaningIn(failure: RequestFailed['failure']): Meaning | undefined {
  if (failure.kind === 'unexpected') return failure.reason === NO_COMMIT ? 'no-commit' : undefined;
  if (failure.kind !== 'status') return undefined;
  return WORDS.find(([words]) => words.test(failure.detail))?.[1];
}

/** Words of a server that could not clone the repository, or check out the branch: a failed start has no code that says so. */
const CLONE_FAILURE = /\b(?:clon\w+|repository|branch|pathspec|git)\b/i;

/** Returns the place of a start that the server has given up. `words`: its reason; empty if it gives none. */
export function failedStart(words: string): FailedStart {
  const reason = reasonLine(words);
  return { kind: 'failed', reason, ...(CLONE_FAILURE.test(reason) && { isCloneFailure: true }) };
}

/** The server's whole answer to a message with pictures. Source: `_non_multimodal_image_message` in OpenHands/software-agent-sdk, 1.58.2. */
const SEES_NONE =
  /^I received your image, but the currently selected model \((.{1,200})\) does not support image understanding\b[^]{0,200}$/;

/** Returns the model in whose place the server has answered, because it does not know that the model sees pictures. */
export function blindModelIn(answer: string | undefined): string | undefined {
  return SEES_NONE.exec(answer ?? '')?.[1];
}
