import { firstBytesOf, showInvisible, singleLine } from '../text/safe.ts';
import { withoutHidden } from '../text/without-hidden.ts';
import type { ChangedFile, WholeHead } from './head.ts';

/** How much of a diff goes with the message. */
const MAX_DIFF_BYTES = 256 * 1024;
/** How much of it may name files whose diff is missing. */
const MAX_NAMES_BYTES = 16 * 1024;

/** What an agent sees of a pull request, by name, and how much it does not see. */
export interface ShownDiff {
  readonly texts: readonly (readonly [name: string, text: string])[];
  readonly fileCount: number;
  /** The number of files that it does not see whole. */
  readonly unseenCount: number;
}

/** Returns what to show of a pull request: title, description, and as much of the diff as fits, whole files first. */
export function showDiff({ title, description, files, fileCount }: WholeHead): ShownDiff {
  const shown: string[] = [];
  const missing: string[] = [];
  let room = MAX_DIFF_BYTES - MAX_NAMES_BYTES;
  let firstTooLarge: ChangedFile | undefined;
  for (const file of files) {
    const text = textOf(file);
    const bytes = Buffer.byteLength(text) + 1;
    if (!isWhole(file)) missing.push(headingOf(file, 'GitHub does not show all of its diff'));
    else if (bytes <= room) {
      shown.push(text);
      room -= bytes;
    } else if (firstTooLarge === undefined) firstTooLarge = file;
    else missing.push(headingOf(file, 'left out'));
  }
  if (firstTooLarge !== undefined) {
    shown.push(startOf(firstTooLarge, room));
    missing.push(headingOf(firstTooLarge, 'only its beginning is above'));
  }
  const unlisted = fileCount - files.length;
  const texts = [
    ['title of the pull request', withoutHidden(singleLine(title))],
    ['description of the pull request', withoutHidden(description)],
    [
      'diff of the pull request',
      [...shown, ...namesOf(missing, unlisted)].join('\n') || 'No file is changed.',
    ],
  ] as const;
  return {
    texts: texts.filter(([, text]) => text !== ''),
    fileCount,
    unseenCount: missing.length + unlisted,
  };
}

/**
 * Whether the diff of a file is all that has happened to it. GitHub leaves out a large one, even if the file was also renamed. A file that
 * was only renamed has none.
 */
function isWhole({ status, patch, changes }: ChangedFile): boolean {
  const shown = patch.split('\n').filter((line) => /^[+-]/.test(line)).length;
  return shown >= changes && (patch !== '' || status === 'renamed' || status === 'removed');
}

function textOf(file: ChangedFile): string {
  return file.patch === ''
    ? headingOf(file)
    : `${headingOf(file)}\n${file.patch.split('\n').map(showInvisible).join('\n')}`;
}

/** Returns the line with which a file begins. No line of a patch begins like it. */
function headingOf({ filename, status, previous_filename: before }: ChangedFile, note?: string): string {
  const from = before === undefined ? '' : ` from ${nameOf(before)}`;
  return `=== ${nameOf(filename)} (${singleLine(status)}${from}${note === undefined ? '' : `; ${note}`})`;
}

/** Returns the whole lines of a file that fit. */
function startOf(file: ChangedFile, room: number): string {
  const start = firstBytesOf(textOf(file), Math.max(0, room - 1));
  return start.slice(0, Math.max(0, start.lastIndexOf('\n')));
}

/** Names what is missing: as many files as fit, and the number of the others. */
function namesOf(missing: readonly string[], unlisted: number): readonly string[] {
  let room = MAX_NAMES_BYTES - 200;
  const named = missing.filter((line) => {
    room -= Buffer.byteLength(line) + 1;
    return room >= 0;
  });
  const more = missing.length - named.length + unlisted;
  return [...named, ...(more > 0 ? [`=== ${more} more files are missing`] : [])];
}

const nameOf = (path: string): string => singleLine(showInvisible(path));
