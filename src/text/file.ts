import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { constants, mkdtempSync, type Stats, writeFileSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { toError } from './to-error.ts';

const MAX_FILE_BYTES = 1024 * 1024;
/**
 * Refuses a link that has replaced the file since the checks, and does not wait for the other end of a named pipe. Windows has
 * neither flag (`|` treats a missing one as 0), and relies on the checks of the path.
 */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The absolute paths of the folders where files may be read and written. Relative paths start from the first. */
export type Roots = readonly string[];

/** A file that may not be used. `reason` completes a sentence that begins with its name. */
interface Refused {
  readonly kind: 'refused';
  readonly reason: string;
}

export type TextFile = { readonly kind: 'text'; readonly text: string } | Refused;

/**
 * Reads a text file below one of the roots: at most 1 MiB of valid UTF-8. No part of the path below the root may be a symbolic link:
 * with one, an untrusted checkout could leak other files. Refuses the files where checkout keeps its token: those in `.git`, and since
 * version 6 `git-credentials-*.config` in the runner's temporary folder. Source: actions/checkout, src/git-auth-helper.ts.
 */
export async function readTextFile(path: string, roots: Roots): Promise<TextFile> {
  const place = placeOf(path, roots);
  if (place.kind === 'refused') return place;
  try {
    if (await hasLink(place.root, place.parts)) return refusalFor('is a symbolic link, or below one');
    const file = await open(place.full, OPEN_FLAGS);
    try {
      return await readRegularFile(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    const missing = ['ENOENT', 'ENOTDIR'].includes(toError(error).code);
    return refusalFor(
      missing ? 'does not exist (is there a checkout step before this one?)' : 'cannot be read',
    );
  }
}

export type FilePlace = { readonly kind: 'place'; readonly path: string } | Refused;

/** Returns the absolute path of a file to write below one of the roots. No existing part may be a symbolic link. */
export async function findFilePlace(path: string, roots: Roots): Promise<FilePlace> {
  const place = placeOf(path, roots);
  if (place.kind === 'refused') return place;
  const { full, root, parts } = place;
  try {
    const parent = parts.slice(0, -1);
    if (await hasLink(root, parent)) return refusalFor('is below a symbolic link');
    // Windows reports nothing below a file as missing.
    if ((await statIfPresent(join(root, ...parent)))?.isDirectory() === false)
      return refusalFor('is below a file');
    return (await statIfPresent(full))?.isFile() === false
      ? refusalFor('is not a file')
      : { kind: 'place', path: full };
  } catch (error) {
    return refusalFor(toError(error).code === 'ENOTDIR' ? 'is below a file' : 'cannot be written');
  }
}

/**
 * Writes a file under a temporary name first, so that it is complete or absent. Creates missing folders, and checks the path again.
 * Throws errors of the file system and of the pieces, or one that names the path if it is no longer safe to write there.
 */
export async function saveAtomically(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  roots: Roots,
): Promise<void> {
  const place = await findFilePlace(path, roots);
  if (place.kind === 'refused') throw new Error(`${path} ${place.reason}`);
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

interface Place {
  readonly kind: 'below';
  readonly full: string;
  readonly root: string;
  readonly parts: readonly string[];
}

/** Finds the root of a path by its text alone. */
function placeOf(path: string, roots: Roots): Place | Refused {
  const [base] = roots;
  const full = base === undefined ? path : resolve(base, path);
  if (roots.some((each) => relative(each, full) === '')) return refusalFor('is a folder, not a file');
  const root = roots.find((each) => isBelow(each, full));
  if (root === undefined)
    return refusalFor(
      `is outside the workspace and the temporary folder of the runner: it must be below ${roots.join(' or ')}`,
    );
  const parts = relative(root, full).split(sep);
  const names = parts.map(windowsNameOf);
  if (names.includes('.git')) return refusalFor('is in a .git folder, which the action never uses');
  return names.some((name) => name.startsWith('git-credentials-'))
    ? refusalFor('is where checkout keeps its token')
    : { kind: 'below', full, root, parts };
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

async function hasLink(root: string, parts: readonly string[]): Promise<boolean> {
  let path = root;
  let real = await realpath(root);
  for (const part of parts) {
    const found = await statIfPresent(join(path, part));
    if (found === undefined) break;
    if (found.isSymbolicLink()) return true;
    path = join(path, part);
    real = join(real, part);
  }
  // Finds what lstat does not report: Windows junctions. Some file systems ignore case.
  return (await realpath(path)).toLowerCase() !== real.toLowerCase();
}

/** Does not follow a link. Returns `undefined` if nothing exists there. */
async function statIfPresent(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (toError(error).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readRegularFile(file: FileHandle): Promise<TextFile> {
  const found = await file.stat();
  if (!found.isFile()) return refusalFor('is not a regular file');
  if (found.size > MAX_FILE_BYTES) return refusalFor('is larger than 1 MiB');
  const bytes = await file.readFile();
  // In spite of its name, `ignoreBOM: true` keeps a byte order mark.
  return isUtf8(bytes)
    ? { kind: 'text', text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) }
    : refusalFor('is not UTF-8 text');
}

function refusalFor(reason: string): Refused {
  return { kind: 'refused', reason };
}
