import { posix } from 'node:path';

import { ApiFailure, PATCH, type Patch } from '../port/api.ts';
import { Interruption, isDeadline } from '../port/interruption.ts';
import { type AgentEnded, hasAgentEnded, type Outcome } from '../port/outcome.ts';
import type { Problem } from '../port/problem.ts';
import type { Tools } from '../session/session.ts';
import { firstOf } from '../text/first-of.ts';
import { type Line, notice, step, warning } from '../text/lines.ts';
import { asClause, singleLine } from '../text/safe.ts';
import { toError } from '../text/to-error.ts';
import { parsePatch, type PatchContent } from './git-patch.ts';
import { type ShownPatch, showPatch } from './shown-patch.ts';

const NO_REPOSITORY_LISTED =
  'the server lists the conversation without a repository, so nothing can be compared';

export type { ShownPatch };

/** How much a patch changes, in files and lines of text. */
export type PatchSize = Pick<PatchContent, 'files' | 'added' | 'removed'>;

interface PatchSaved extends Pick<Patch, 'base' | 'since' | 'leftOut'>, Pick<PatchContent, 'submodules'> {
  readonly kind: 'patch-saved';
  readonly path: string;
  readonly size: PatchSize;
  readonly shown: ShownPatch;
}

export type PatchEvent =
  | PatchSaved
  | { readonly kind: 'patch-missing'; readonly because: string }
  /** A saved patch is out of date, because the agent got a message since. */
  | { readonly kind: 'patch-dropped'; readonly path: string };

/** What a patch reads in the step's record. */
interface PatchRecord {
  /** Whether the agent may have got a message after the patch was saved. */
  readonly isPatchOutdated: boolean;
}

export interface PatchContext extends Tools<PatchEvent, PatchRecord> {
  /** The absolute path of the file. */
  readonly path: string;
  /** Whether the step's own request says that the agent works in a repository. */
  readonly asksForRepository: boolean;
  /** Whether a text contains a secret, in any encoding. */
  readonly hasSecret: (text: string) => boolean;
  /** Writes the file completely or not at all. */
  readonly save: (pieces: AsyncIterable<Uint8Array>) => Promise<void>;
}

/**
 * Saves the agent's changes as a patch. If that fails although the agent succeeded, the step fails, because nobody could use
 * the work. The outcome of a failed agent stays the same.
 *
 * @param context absent if the inputs do not ask for a patch.
 * @throws an interruption; after a failed agent only that by a cancel.
 */
export async function savePatch(ended: Outcome, context: PatchContext | undefined): Promise<Outcome> {
  if (context === undefined || !hasAgentEnded(ended) || ended.status === 'missing') return ended;
  const { path, session, emit } = context;
  try {
    const { id } = ended.conversation;
    const patch = await session.api.readPatch(id, context.asksForRepository, session.signal);
    if (patch === undefined) throw new Error(NO_REPOSITORY_LISTED);
    const { files, added, removed, submodules } = readAndCheck(patch, context);
    await context.save(ReadableStream.from([patch.bytes]));
    const { base, since, leftOut } = patch;
    const size = { files, added, removed };
    const shown = showPatch(patch.bytes);
    emit({ kind: 'patch-saved', path, base, since, size, shown, submodules, leftOut });
    return ended;
  } catch (error) {
    return endWithoutPatch(error, ended, context);
  }
}

/** Returns the outcome if the patch could not be saved, or throws the interruption. */
function endWithoutPatch(error: unknown, ended: AgentEnded, { emit }: PatchContext): Outcome {
  const isGood = ended.kind === 'succeeded';
  // A deadline does not replace the agent's own failure. A cancel does: workflows try again after a failure, and must not after a cancel.
  if (error instanceof Interruption && (isGood || !isDeadline(error))) throw error;
  const because = toError(error).message;
  if (!isGood) {
    emit({ kind: 'patch-missing', because });
    return ended;
  }
  // The advice for a broken server would not bring back the patch.
  const isSpecific = error instanceof ApiFailure && error.problem.kind !== 'server';
  const advice = isSpecific ? error.problem.advice : 'see in the conversation what the agent has changed';
  const problem: Problem = {
    failedTo: PATCH,
    because,
    advice,
    ...(isSpecific && { next: 'new-agent' }),
    kind: 'server',
  };
  return { ...ended, kind: 'not-saved', status: 'error', problem };
}

/**
 * Saves the patch again, if the agent may have got a message since. If that fails, empties the outdated patch. Throws what
 * {@link savePatch} throws.
 */
export async function savePatchAgain(ended: Outcome, context: PatchContext | undefined): Promise<Outcome> {
  if (!context?.record().isPatchOutdated) return ended;
  const saved = await savePatch(ended, context);
  // Does nothing if the new patch was saved.
  await dropOutdatedPatch(context);
  return saved;
}

/** Empties the file of a saved patch if the agent may have got a message since. */
export async function dropOutdatedPatch(context: PatchContext | undefined): Promise<void> {
  if (!context?.record().isPatchOutdated) return;
  const { path, save, emit } = context;
  // If the file cannot be emptied, the event still takes back the output that names it.
  await save(ReadableStream.from([])).catch(() => undefined);
  emit({ kind: 'patch-dropped', path });
}

/**
 * Reads the content of a patch, and checks it.
 *
 * @throws {Error} if `git apply` would not accept the patch, if a changed file is missing, or if a text or a name holds a secret in any
 * encoding: a patch goes to other jobs and into a repository.
 */
function readAndCheck(
  { bytes, changed }: Patch,
  { redact, hasSecret }: Pick<PatchContext, 'redact' | 'hasSecret'>,
): PatchContent {
  const content = parsePatch(bytes);
  const lacking = missingFiles(changed, content);
  if (lacking.length > 0)
    throw new Error(
      `the server's patch lacks ${listOf(lacking, redact)}, which also changed (outside the agent's folder, ignored by .gitignore, or inside a submodule)`,
    );
  const texts = [bytes.toString(), content.addedText, content.names.join('\n')];
  if (texts.some(hasSecret))
    throw new Error('the changes contain a secret of this step, so they are not saved');
  return content;
}

/**
 * Returns the changed files that are not in the patch. The names in a patch are relative to the root of the repository. Those of
 * changed files may be relative to the agent's folder below it, and have no spaces at their ends. Files in a repository or worktree
 * within the folder are not missing if the patch has its commit: the server lists them for each folder directly below.
 * Source: `get_git_changes` in OpenHands/software-agent-sdk 1.58.2.
 */
function missingFiles(changed: readonly string[], { names, submodules }: PatchContent): readonly string[] {
  const left = new Set(changed);
  for (const name of names) {
    const parts = name.split('/');
    // The name without its first 0, 1, 2 … folders. The longest that is a changed file counts.
    const relativeNames = parts.keys().map((at) => parts.slice(at).join('/').trim());
    const found = relativeNames.find((each) => left.has(each));
    if (found !== undefined) left.delete(found);
  }
  const nested = new Set(submodules.map((name) => posix.basename(name)));
  const topFolderOf = (name: string): string => posix.dirname(name).replace(/\/.*$/s, '');
  return [...left].filter((name) => !nested.has(topFolderOf(name)));
}

const EMPTY = 'The agent changed no files: patch-file is empty';
const POINTERS = 'patch-file has only the commits of these nested repositories, not their files';

const LEFT_OUT_NOTE =
  'patch-file lacks these files, because files above working-directory and folders of installed packages are left out';
const MAX_NAMED_FILES = 10;
const MAX_NAME_CHARACTERS = 200;

/** Formats the size of a patch as `3 files, +10 −2`. */
export function asChanges({ files, added, removed }: PatchSize): string {
  return `${files} ${files === 1 ? 'file' : 'files'}, +${added} −${removed}`;
}

/** Whether a patch shows that the agent has changed no files. */
export function isUnchanged({ size, leftOut }: Pick<PatchSaved, 'size' | 'leftOut'>): boolean {
  return size.files === 0 && leftOut.length === 0;
}

/** Returns the log lines for an event. `wasUnchanged`: a line has said before that the agent changed no files. */
export function linesOfPatch(event: PatchEvent, wasUnchanged: boolean): readonly Line[] {
  switch (event.kind) {
    case 'patch-saved':
      return wasUnchanged && isUnchanged(event) ? [] : linesOfSaved(event);
    case 'patch-missing':
      return [warning(`Failed to save the agent's changes: ${asClause(event.because)}`)];
    case 'patch-dropped':
      return [warning(`Do not use ${event.path}: the agent got another message after the file was saved`)];
  }
}

function linesOfSaved(saved: PatchSaved): readonly Line[] {
  const { path, base, since, size, submodules, leftOut } = saved;
  const which = since === 'start' ? 'where the agent started' : 'the branch that was cloned';
  return [
    step(`The agent's changes are in ${path}: ${asChanges(size)}, since ${base} (${which})`),
    ...(isUnchanged(saved) ? [notice(EMPTY)] : []),
    ...(submodules.length > 0 ? [warning(`${POINTERS}: ${listOf(submodules)}`)] : []),
    ...(leftOut.length > 0 ? [warning(`${LEFT_OUT_NOTE}: ${listOf(leftOut)}`)] : []),
  ];
}

/** Lists the first names, and how many more there are. */
function listOf(names: readonly string[], redact = (name: string): string => name): string {
  return firstOf(names, MAX_NAMED_FILES, (name) => singleLine(redact(name), MAX_NAME_CHARACTERS));
}
