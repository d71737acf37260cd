import { showInvisible, singleLine } from '../text/safe.ts';

/** How much of a patch a summary shows. */
const MAX_SHOWN_BYTES = 128 * 1024;
const MAX_NAME_CHARACTERS = 200;

/** A patch as people read it. */
export interface ShownPatch {
  /** The changes of all files that fit. */
  readonly text: string;
  /** The files that do not fit, as git names them. */
  readonly left: readonly string[];
}

/**
 * Returns what people see of a patch that {@link parsePatch} has accepted: whole files, as many as fit. Invisible characters become
 * visible, because they can hide what a change does. Of binary files, only the names are shown.
 */
export function showPatch(patch: Buffer): ShownPatch {
  const shown: string[] = [];
  const left: string[] = [];
  let room = MAX_SHOWN_BYTES;
  // No line of a file's content begins like this: each begins with a sign, or is empty.
  for (const file of patch.toString().split(/(?<=\n)(?=diff --git )/)) {
    const text = textOf(file);
    room -= Buffer.byteLength(text);
    if (room >= 0) shown.push(text);
    else {
      room += Buffer.byteLength(text);
      left.push(nameOf(file));
    }
  }
  return { text: shown.join(''), left };
}

function textOf(file: string): string {
  const [before = '', data] = file.split(/(?<=\n)(?=GIT binary patch\n)/);
  const lines = (data === undefined ? before : `${before}Binary file\n`).split('\n');
  return lines.map(showInvisible).join('\n');
}

/** Returns both names of a file, as they are in its first line. */
function nameOf(file: string): string {
  const [first = ''] = file.split('\n', 1);
  return singleLine(showInvisible(first.replace('diff --git ', '')), MAX_NAME_CHARACTERS);
}
