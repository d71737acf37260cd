import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

const MAX_READ_BYTES = 1024 * 1024;
/**
 * Refuses a link that has replaced the file since the checks, and does not wait for the other end of a named pipe. Windows has
 * neither flag (`|` treats a missing one as 0), and relies on the checks of the path.
 */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The absolute paths of the folders where files may be read and written. Relative paths start from the first. */
export type Roots = readonly string[];

/** A file that may not be used. `reason` completes a sentence that begins with its name. */
interface Refused {
  readonly reason: string;
}

/** Reads a text file below one of the roots: at most 1 MiB of valid UTF-8. */
export function readTextFile(path: string, roots: Roots): string | Refused {
  const checked = checkPath(path, roots);
  if ('reason' in checked) return checked;
  if (!checked.exists) return { reason: 'does not exist (is there a checkout step before this one?)' };
  try {
    const file = openSync(checked.path, OPEN_FLAGS);
    try {
      return readOpened(file);
    } finally {
      closeSync(file);
    }
  } catch {
    return CANNOT_BE_USED;
  }
}

function readOpened(file: number): string | Refused {
  const found = fstatSync(file);
  if (!found.isFile()) return NOT_A_FILE;
  if (found.size > MAX_READ_BYTES) return { reason: 'is larger than 1 MiB' };
  const bytes = readFileSync(file);
  // In spite of its name, `ignoreBOM: true` keeps a byte order mark.
  return isUtf8(bytes)
    ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    : { reason: 'is not UTF-8 text' };
}

interface CheckedPath {
  /** The absolute path. */
  readonly path: string;
  readonly exists: boolean;
}

const CANNOT_BE_USED = { reason: 'cannot be used: check its permissions' };
const NOT_A_FILE = { reason: 'is not a regular file' };

/**
 * Checks the path of a file to read or write below one of the roots, and returns it in full. No existing part of the path below the root
 * may be a symbolic link: with one, an untrusted checkout could leak other files. Refuses the files where checkout keeps its token: those
 * in `.git`, and since version 6 `git-credentials-*.config` in the runner's temporary folder. Source: actions/checkout,
 * src/git-auth-helper.ts.
 */
export function checkPath(path: string, roots: Roots): CheckedPath | Refused {
  const [base] = roots;
  const full = base === undefined ? path : resolve(base, path);
  const root = roots.find((each) => isBelow(each, full));
  if (root === undefined)
    return {
      reason: `is outside the workspace and the temporary folder of the runner: it must be below ${roots.join(' or ')}`,
    };
  const parts = relative(root, full).split(sep);
  const names = parts.map(windowsNameOf);
  if (names.includes('.git')) return { reason: 'is in a .git folder, which the action never uses' };
  if (names.some((name) => name.startsWith('git-credentials-')))
    return { reason: 'is where checkout keeps its token' };
  try {
    return walkTo(root, parts);
  } catch {
    return CANNOT_BE_USED;
  }
}

/** Follows a path from its root, part by part, as far as it exists. Throws errors of the file system. */
function walkTo(root: string, parts: readonly string[]): CheckedPath | Refused {
  const full = join(root, ...parts);
  let path = root;
  let real = realpathSync.native(root);
  for (const part of parts) {
    const found = lstatSync(join(path, part), { throwIfNoEntry: false });
    if (found === undefined) break;
    path = join(path, part);
    real = join(real, part);
    if (found.isSymbolicLink()) return LINKED;
    // Not left to the system: Windows reports what is below a file as missing.
    if (path !== full && !found.isDirectory()) return { reason: 'is below a file' };
    if (path === full && !found.isFile()) return NOT_A_FILE;
  }
  // Finds what lstat does not report: Windows junctions. Some file systems ignore case.
  const isLinked = realpathSync.native(path).toLowerCase() !== real.toLowerCase();
  return isLinked ? LINKED : { path: full, exists: path === full };
}

const LINKED = { reason: 'is a symbolic link, or below one' };

/**
 * Writes a file under a temporary name first, so that it is complete or absent. Creates missing folders, and checks the path again.
 * Throws errors of the file system and of the pieces, or one that names the path if it is no longer safe to write there.
 */
export async function saveAtomically(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  roots: Roots,
): Promise<void> {
  const checked = checkPath(path, roots);
  if ('reason' in checked) throw new Error(`${path} ${checked.reason}`);
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    await writeFile(temporary, pieces, { flag: 'wx', flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes a file into a new folder, where no other step can have put a link. Returns its path. Throws file system errors. */
export function saveInNewFolder(folder: string, name: string, text: string): string {
  const path = join(mkdtempSync(join(folder, 'openhands-')), name);
  writeFileSync(path, text);
  return path;
}

/** Replaces a file at once, so that it is never half written. A link in its place is replaced, too. Throws file system errors. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${randomUUID()}.part`;
  writeFileSync(temporary, text, { flag: 'wx' });
  renameSync(temporary, path);
}

/** Normalizes a name as Windows does: without case, trailing dots and blanks, and the name of an alternate data stream. */
function windowsNameOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[. ]{1,255}$/, '');
}

/** Whether a path is a folder or below it, by its text alone. Both are absolute. */
export function isBelow(root: string, path: string): boolean {
  const fromRoot = relative(root, path);
  return fromRoot !== '..' && !fromRoot.startsWith(`..${sep}`) && !isAbsolute(fromRoot);
}
