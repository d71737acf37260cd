import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const PREFIX = 'openhands-local-';
const NAME = /^openhands-local-[0-9a-f]{12}$/;

/** Where a server has its files: all of it is removed in post, but for the log. */
export interface Place {
  readonly base: string;
  /** The home of the server's user, where it keeps its conversations, too. */
  readonly home: string;
  readonly tmp: string;
  /** The copy of the checkout. */
  readonly workspace: string;
  /** Beside `base`, and not below it. */
  readonly log: string;
}

/** The place with that id, below the runner's temporary folder. Nothing is made yet. */
export function placeFor(temporary: string, id: string): Place {
  return at(join(temporary, `${PREFIX}${id}`));
}

/** The place that main saved; `undefined` if it is none of ours: other steps can write the state, too. */
export function placeSaved(text: string, temporary: string): Place | undefined {
  const name = basename(text);
  return NAME.test(name) && text === join(temporary, name) ? at(text) : undefined;
}

/** Makes its folders and its log, which nobody else can read. */
export function makePlace(place: Place): void {
  mkdirSync(place.base, { mode: 0o700 });
  for (const folder of [place.home, place.tmp, place.workspace]) mkdirSync(folder, { mode: 0o700 });
  writeFileSync(place.log, '', { mode: 0o600 });
}

/** Notes something about the server, for post and for the script that isolates it. */
export function note(place: Place, name: string, text: string): void {
  writeFileSync(join(place.base, name), text, { mode: 0o600 });
}

/** What was noted; `undefined` if nothing was. */
export function noted(place: Place, name: string): string | undefined {
  try {
    return readFileSync(join(place.base, name), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function at(base: string): Place {
  return {
    base,
    home: join(base, 'home'),
    tmp: join(base, 'tmp'),
    workspace: join(base, 'workspace'),
    log: `${base}.log`,
  };
}
