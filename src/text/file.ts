import { randomUUID } from 'node:crypto';
import { constants, mkdtempSync, type Stats, writeFileSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { toError } from './to-error.ts';

const LARGEST_FILE_BYTES = 1024 * 1024;
/**
 * No link at the last moment, and no waiting for the other end of a named pipe. Windows has neither flag (and `|` takes
 * a missing one for 0): there the checks of the path have to do.
 */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The folders that files may be read from, absolute. The first is what a relative path starts from. */
export type Roots = readonly string[];

/** Why a file is left alone: the end of a sentence that begins with its name. */
interface Refused {
  readonly kind: 'refused';
  readonly reason: string;
}

/** The text of a file, or why it is not read. */
export type TextFile = { readonly kind: 'text'; readonly text: string } | Refused;

/**
 * Reads a text file below one of the roots. An untrusted checkout must not be able to send away what it links to, so no
 * part of the path below the root may be a symbolic link, and what checkout keeps its token in is not read: below `.git`,
 * since version 6 `git-credentials-*.config` in the runner's temporary folder. At most 1 MiB of valid UTF-8.
 * Source: actions/checkout, src/git-auth-helper.ts.
 */
export async function readTextFile(path: string, roots: Roots): Promise<TextFile> {
  const place = placeOf(path, roots);
  if (place.kind === 'refused') return place;
  const { full, root, parts } = place;
  try {
    if (await hasLink(root, parts)) return refused('is a symbolic link, or below one');
    const file = await open(full, OPEN_FLAGS);
    try {
      return await readRegular(file, root, parts);
    } finally {
      await file.close();
    }
  } catch (error) {
    const missing = ['ENOENT', 'ENOTDIR'].includes(toError(error).code);
    return refused(missing ? 'does not exist (is there a checkout step before this one?)' : 'cannot be read');
  }
}

/** Where a file may be written, or why it may not. */
export type FilePlace = { readonly kind: 'place'; readonly path: string } | Refused;

/**
 * The absolute path of a file that is to be written below one of the roots. No part of it that exists is a symbolic link;
 * folders may be missing.
 */
export async function placeForFile(path: string, roots: Roots): Promise<FilePlace> {
  const place = placeOf(path, roots);
  if (place.kind === 'refused') return place;
  const { full, root, parts } = place;
  try {
    const parent = parts.slice(0, -1);
    if (await hasLink(root, parent)) return refused('is below a symbolic link');
    if ((await ifThere(join(root, ...parent)))?.isDirectory() === false) return refused('is below a file');
    return (await ifThere(full))?.isFile() === false
      ? refused('is not a file')
      : { kind: 'place', path: full };
  } catch (error) {
    return refused(toError(error).code === 'ENOTDIR' ? 'is below a file' : 'cannot be written');
  }
}

/**
 * Writes a file so that it is whole or not there: beside its place, and then it is renamed. Missing folders are made. Its
 * place is checked once more: it may be long since that was done.
 *
 * @param path absolute.
 * @throws what the file system or the pieces throw; an error that names the path if it may not be written any more.
 */
export async function saveWhole(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  roots: Roots,
): Promise<void> {
  await checkPlace(path, roots);
  await mkdir(dirname(path), { recursive: true });
  await checkPlace(path, roots);
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    await writeFile(beside, pieces, { flag: 'wx', flush: true });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/**
 * Deletes a file that was written so, if it is still there.
 *
 * @param path absolute.
 * @throws what the file system throws; an error that names the path if no file may be there any more.
 */
export async function deleteSaved(path: string, roots: Roots): Promise<void> {
  await checkPlace(path, roots);
  await rm(path, { force: true });
}

async function checkPlace(path: string, roots: Roots): Promise<void> {
  const place = await placeForFile(path, roots);
  if (place.kind === 'refused') throw new Error(`${path} ${place.reason}`);
}

/**
 * Writes a file into a new folder below another: no other step can have put a link there, and none overwrites it.
 *
 * @returns its path.
 * @throws what the file system throws.
 */
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

/** A path below one of the roots, by its text alone. */
function placeOf(path: string, roots: Roots): Place | Refused {
  const [base] = roots;
  const full = base === undefined ? path : resolve(base, path);
  if (roots.some((each) => relative(each, full) === '')) return refused('is a folder, not a file');
  const root = roots.find((each) => isBelow(each, full));
  if (root === undefined) return refused('is outside the workspace and the temporary folder of the runner');
  const parts = relative(root, full).split(sep);
  const names = parts.map(plainName);
  if (names.includes('.git')) return refused('is in a .git folder, which the action never uses');
  return names.some((name) => name.startsWith('git-credentials-'))
    ? refused('is where checkout keeps its token')
    : { kind: 'below', full, root, parts };
}

/** A name as Windows takes it: letters of either case, no points or blanks at the end, no stream of the file's. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[. ]{1,255}$/, '');
}

/** Whether a path is a folder, or below it, by its text alone. Both are absolute. */
export function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Whether any part of a path below the root is a symbolic link, as far as it exists. */
async function hasLink(root: string, parts: readonly string[]): Promise<boolean> {
  let path = root;
  let real = await realpath(root);
  for (const part of parts) {
    const there = await ifThere(join(path, part));
    if (there === undefined) break;
    if (there.isSymbolicLink()) return true;
    path = join(path, part);
    real = join(real, part);
  }
  // A second opinion, for what lstat does not call a link: junctions of Windows. Some file systems ignore case.
  return (await realpath(path)).toLowerCase() !== real.toLowerCase();
}

/** What is at a path; `undefined` if nothing is. */
async function ifThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (toError(error).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readRegular(file: FileHandle, root: string, parts: readonly string[]): Promise<TextFile> {
  const opened = await file.stat({ bigint: true });
  if (!opened.isFile()) return refused('is not a regular file');
  if (opened.size > LARGEST_FILE_BYTES) return refused('is larger than 1 MiB');
  // The path may have been changed between the check and the opening: what was opened must be what is there, linkless.
  const there = await stat(join(root, ...parts), { bigint: true });
  const same = there.dev === opened.dev && there.ino === opened.ino;
  if (!same || (await hasLink(root, parts))) return refused('was changed while it was read');
  // One byte more than may be there tells whether the file has grown.
  const { bytesRead, buffer } = await file.read({
    buffer: Buffer.alloc(LARGEST_FILE_BYTES + 1),
    position: 0,
  });
  return bytesRead > LARGEST_FILE_BYTES
    ? refused('is larger than 1 MiB')
    : decode(buffer.subarray(0, bytesRead));
}

function decode(bytes: Buffer): TextFile {
  try {
    // Taken as it is: the option is called that, and means that a byte order mark stays.
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return refused('is not UTF-8 text');
  }
}

function refused(reason: string): Refused {
  return { kind: 'refused', reason };
}
