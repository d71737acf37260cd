import { type Line, notice, step, warning } from '../text/lines.ts';
import { asClause } from '../text/safe.ts';
import type { PatchEvent, PatchSize } from './patch.ts';

const EMPTY = 'The agent changed no files: patch-file is empty';
const PUSHED =
  'The agent pushed its changes or opened a pull request anyway: its account may write to the repository';
const POINTERS = 'patch-file has only the commits of these nested repositories, not their files';

/** Formats the size of a patch as `3 files, +10 −2`. */
export function asChanges({ files, added, removed }: PatchSize): string {
  return `${files} ${files === 1 ? 'file' : 'files'}, +${added} −${removed}`;
}

/** Returns the log lines for an event about the patch. */
export function linesOfPatch(event: PatchEvent): readonly Line[] {
  switch (event.kind) {
    case 'patch-saved':
      return saved(event);
    case 'patch-missing':
      return [warning(`Failed to save the agent's changes: ${asClause(event.because)}`)];
    case 'patch-dropped':
      return [warning(dropped(event))];
  }
}

function saved({
  path,
  base,
  since,
  size,
  submodules,
  isElsewhere,
}: PatchEvent & { readonly kind: 'patch-saved' }): readonly Line[] {
  const which = since === 'start' ? 'where the agent started' : 'the branch that was cloned';
  return [
    step(`The agent's changes are in ${path}: ${asChanges(size)}, since ${base} (${which})`),
    ...(size.files === 0 ? [notice(EMPTY)] : []),
    ...(isElsewhere ? [notice(PUSHED)] : []),
    ...(submodules.length > 0 ? [warning(`${POINTERS}: ${submodules.join(', ')}`)] : []),
  ];
}

function dropped({ path, because }: PatchEvent & { readonly kind: 'patch-dropped' }): string {
  const why = 'the agent got another message after it was saved';
  return because === undefined
    ? `Deleted ${path}: ${why}`
    : `Do not use ${path}: ${why}, and it could not be deleted: ${asClause(because)}`;
}
