import { ReadableStream } from 'node:stream/web';

import { PATCH } from '../conversation/api.ts';
import { linkTo } from '../conversation/conversation.ts';
import type { EndedOutcome, Outcome } from '../conversation/outcome.ts';
import type { Patch } from '../conversation/patch.ts';
import type { Session } from '../conversation/session.ts';
import { hasCommit } from '../github/commit.ts';
import type { GitHub } from '../github/octokit.ts';
import { shorten, singleLine } from '../text/safe.ts';
import { toError } from '../text/to-error.ts';
import { type PatchContent, readPatch } from './git-patch.ts';

const MAX_NAME = 200;

/** How much a patch changes, in files and lines of text. */
export type PatchSize = Pick<PatchContent, 'files' | 'added' | 'removed'>;

/** An event about the file of the agent's changes. */
export type PatchEvent =
  | ({
      readonly kind: 'patch-saved';
      readonly path: string;
      readonly size: PatchSize;
      /** Whether the agent has also pushed its work. */
      readonly isElsewhere: boolean;
    } & Pick<Patch, 'base' | 'since'> &
      Pick<PatchContent, 'submodules'>)
  | { readonly kind: 'patch-missing'; readonly because: string }
  /** A saved patch is out of date, because the agent got a message since. `because`: why its file could not be deleted. */
  | { readonly kind: 'patch-dropped'; readonly path: string; readonly because?: string };

/** What it takes to save the agent's changes. */
export interface PatchSaving {
  /** The absolute path of the file. */
  readonly path: string;
  readonly session: Pick<Session, 'api' | 'signal'>;
  /** Writes the file completely or not at all. */
  readonly save: (pieces: AsyncIterable<Uint8Array>) => Promise<void>;
  readonly deleteFile: () => Promise<void>;
  readonly redact: (text: string) => string;
  readonly github: GitHub;
  /** The repository of the work, if it is on GitHub. */
  readonly repository: string | undefined;
  /** Whether the conversation has a pull request. */
  readonly hasPullRequest: (ended: EndedOutcome) => boolean;
  /** Whether the agent may have got a message after the patch was saved. */
  readonly isOutdated: () => boolean;
  readonly emit: (event: PatchEvent) => void;
}

/**
 * Saves the agent's changes as a patch. If that fails after a success, the step fails, because nobody could use the work. After a
 * failure, the outcome stays the same.
 *
 * @param saving absent if the inputs do not ask for a patch.
 */
export async function savePatch(ended: Outcome, saving: PatchSaving | undefined): Promise<Outcome> {
  if (saving === undefined || !('phase' in ended) || ended.status === 'missing') return ended;
  const { path, session, redact, emit } = saving;
  try {
    const patch = await session.api.patch(ended.conversation.id, session.signal);
    const { files, added, removed, ...content } = checkedContent(patch, redact);
    const submodules = content.submodules.map((name) => shorten(singleLine(redact(name)), MAX_NAME));
    const isElsewhere = await isPushed(patch, ended, saving);
    await saving.save(ReadableStream.from([patch.bytes]));
    const { base, since } = patch;
    emit({
      kind: 'patch-saved',
      path,
      base,
      since,
      size: { files, added, removed },
      submodules,
      isElsewhere,
    });
    return ended;
  } catch (error) {
    const because = toError(error).message;
    if (ended.status !== 'finished' && ended.status !== 'stopped') {
      emit({ kind: 'patch-missing', because });
      return ended;
    }
    const todo = `see in the conversation what the agent has changed: ${linkTo(ended.conversation)}`;
    return { ...ended, status: 'error', problem: { failedTo: PATCH, because, todo, kind: 'server' } };
  }
}

/** Saves the patch again, if the agent may have got a message since. If that fails, deletes the outdated patch. */
export async function savePatchAgain(ended: Outcome, saving: PatchSaving | undefined): Promise<Outcome> {
  if (!saving?.isOutdated()) return ended;
  const saved = await savePatch(ended, saving);
  await dropOutdatedPatch(saving);
  return saved;
}

/** Deletes a saved patch if the agent may have got a message since. */
export async function dropOutdatedPatch(saving: PatchSaving | undefined): Promise<void> {
  if (!saving?.isOutdated()) return;
  const { path, deleteFile, emit } = saving;
  try {
    await deleteFile();
    emit({ kind: 'patch-dropped', path });
  } catch (error) {
    emit({ kind: 'patch-dropped', path, because: toError(error).message });
  }
}

/**
 * Reads the content of a patch.
 *
 * @throws {Error} if `git apply` would not accept the patch, if a changed file is missing, or if there is a secret in any
 * encoding: a patch goes to other jobs and into a repository.
 */
function checkedContent({ bytes, changed }: Patch, redact: (text: string) => string): PatchContent {
  const content = readPatch(bytes);
  if (content === undefined)
    throw new Error(
      "the server's patch is not in a format that git apply accepts, perhaps because git there has diff.noprefix or a color set",
    );
  const [first, ...others] = missing(changed, content.names);
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    throw new Error(
      `the server's patch lacks ${shorten(singleLine(redact(first)), MAX_NAME)}${more}, which changed too: ignored by .gitignore, or inside a submodule`,
    );
  }
  const texts = [bytes, ...content.introduced, content.names.join('\n')].map(String);
  if (texts.some((text) => redact(text) !== text))
    throw new Error('they contain a secret of this step, so they are not saved');
  return content;
}

/** Returns the changed files that are not in the patch. */
function missing(changed: readonly string[], names: readonly string[]): readonly string[] {
  // `names` are relative to the repository's root, `changed` to the agent's folder, which may be below the root.
  const ends = new Set(
    names.flatMap((name) => name.split('/').map((_part, at, parts) => parts.slice(at).join('/'))),
  );
  return changed.filter((name) => !ends.has(name));
}

/** Whether the work is in the repository, too, as a pull request or a commit of the agent. */
async function isPushed(
  { base, head = base }: Patch,
  ended: EndedOutcome,
  { repository, hasPullRequest, github, session: { signal } }: PatchSaving,
): Promise<boolean> {
  if (hasPullRequest(ended)) return true;
  return head !== base && repository !== undefined && hasCommit(repository, head, github, signal);
}
