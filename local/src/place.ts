import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const NAME = /^openhands-local-[0-9a-f]{12}$/;

/** The paths of a server's files. Post removes all of them except the log. */
export interface Place {
  readonly base: string;
  /** The home folder of the server's user. The server stores its conversations there, too. */
  readonly home: string;
  readonly tmp: string;
  readonly workspace: string;
  /** The log file. It is next to `base`, not in it. */
  readonly log: string;
}

/** Returns the paths for an id, below the runner's temporary folder. Creates nothing. */
export function placeFor(temporary: string, id: string): Place {
  return placeAt(join(temporary, `openhands-local-${id}`));
}

/** Returns the place that main saved; `undefined` if the text is not such a path: other steps can write the state, too. */
export function savedPlace(text: string, temporary: string): Place | undefined {
  const name = basename(text);
  return NAME.test(name) && text === join(temporary, name) ? placeAt(text) : undefined;
}

/** Creates the folders and the log, which other users cannot read. */
export function createPlace(place: Place): void {
  mkdirSync(place.base, { mode: 0o700 });
  for (const folder of [place.home, place.tmp, place.workspace]) mkdirSync(folder, { mode: 0o700 });
  writeFileSync(place.log, '', { mode: 0o600 });
}

/** Saves a value about the server in a file, for post and for isolate.sh. */
export function saveNote(place: Place, name: string, text: string): void {
  writeFileSync(join(place.base, name), text, { mode: 0o600 });
}

/** Reads a value that {@link saveNote} saved; `undefined` if there is none. */
export function readNote(place: Place, name: string): string | undefined {
  try {
    return readFileSync(join(place.base, name), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function placeAt(base: string): Place {
  return {
    base,
    home: join(base, 'home'),
    tmp: join(base, 'tmp'),
    workspace: join(base, 'workspace'),
    log: `${base}.log`,
  };
}
