import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { CODE, longFiles } from '../../scripts/parts.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Returns paths from `src/`. Throws if one does not exist: a rule about what is gone would check nothing. */
function existing(...paths: readonly string[]): readonly string[] {
  const gone = paths.filter((path) => !existsSync(join(ROOT, 'src', path)));
  if (gone.length > 0) throw new Error(`structure.test.ts names what does not exist: ${gone.join(', ')}`);
  return paths;
}

/** A row of the map's folders: those of `src/` that it is about, and which others may import them, if not all above may. */
interface Row {
  readonly folders: readonly string[];
  readonly text: string;
  readonly onlyFor?: readonly string[];
}
const MAP = rowsOfMap();
/** The folders of features. */
const FEATURES = existing(
  ...MAP.filter(({ text }) => text.includes('feature')).flatMap(({ folders }) => folders),
);
/** The modules above the folders that all folders may import: the names in action.yml, the version, and the type of the world. */
const FOR_ALL = existing('interface.ts', 'version.ts', 'world.ts');
/** The modules of src/ that local/ uses, all of them. */
const SHARED_WITH_LOCAL = existing(
  'github/runner.ts',
  'http/address.ts',
  'inputs/reader.ts',
  'report/problem.ts',
  'text/file.ts',
  'text/to-error.ts',
);
/** The modules of src/ that outcomes/ uses, all of them. */
const SHARED_WITH_OUTCOMES = existing(
  'github/failure.ts',
  'github/octokit.ts',
  'github/runner.ts',
  'github/workflow.ts',
  'http/proxy.ts',
  'inputs/reader.ts',
  'port/clock.ts',
  'port/interruption.ts',
  'port/outcome.ts',
  'port/problem.ts',
  'report/problem.ts',
  'text/data.ts',
  'text/dollars.ts',
  'text/file.ts',
  'text/safe.ts',
  'text/to-error.ts',
);
/** A longer file holds several things. `npm run sizes` already lists shorter ones, to look at. */
const MAX_LINES = 400;
/** Words that only OpenHands' servers, their users, or GitHub use. */
const WORDS_OF_AN_API =
  /openhands|github|conversation|trajectory|sandbox|agent server|session[_ -](?:api[_ -])?key|base-url|api-(?:key|version)|account at|_LIMIT_/i;
/** Words of an earlier vocabulary, for which the field has others. */
const WORDS_THAT_ARE_OUT = /\b(?:sighting|errand|teller|aftermath|haste|twin|mend(?:ed)?)s?\b/i;
/**
 * Phrases that users should not read: there are plainer ones, such as fixed, triggered, fails, continues,
 * interrupted.
 */
const PHRASES_THAT_ARE_OUT =
  /\b(?:hands? on|mend(?:ed|s)?|set off|(?:good|bad) ends?|broken? off|broke off|all the same|nobody can tell|go(?:es)? on|nothing was asked|belongs into|wished|anew|has a conversation already|sign of life|told|for want of|beside|(?:has|had|not) begun|takes? up|taken up|nothing but|has trouble|left at work|cannot be had|(?:is|was|be) cancelled)\b/i;

/** Reads the rows of the map that are about folders of `src/`, from the top. */
function rowsOfMap(): readonly Row[] {
  const [, map = ''] = /^## Folders\n(.*?)^## /ms.exec(read('docs/contributing/architecture.md')) ?? [];
  return map.split('\n').flatMap((text) => {
    const folders = [...text.matchAll(/\]\(\.\.\/\.\.\/src\/(\w+)\)/g)].map(([, name = '']) => name);
    const [, list] = /Only ((?:`\w+\/`(?:, | and )?)+) imports? it/.exec(text) ?? [];
    const onlyFor = list && { onlyFor: [...list.matchAll(/\w+(?=\/)/g)].map(([name]) => name) };
    return folders.length === 0 ? [] : [{ folders, text, ...onlyFor }];
  });
}

interface Source {
  /** The path from `src/`, so that those of the other actions start with `../`. */
  readonly path: string;
  readonly text: string;
  /** The paths of the files that it imports, including imports of types. */
  readonly imports: readonly string[];
}

const SOURCES = sourcesIn('src', 'local/src', 'outcomes/src');
const ALL_CODE = sourcesIn(...CODE);
/** Each import: the importing and the imported file. */
const IMPORTS = SOURCES.flatMap(({ path, imports }) => imports.map((each) => [path, each] as const));

function sourcesIn(...folders: readonly string[]): readonly Source[] {
  return folders
    .flatMap(filesIn)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = read(path);
      const named = [...text.matchAll(/(?:from|import\()\s*(?:\/\*.*?\*\/\s*)?'(\.[^']+)'/g)];
      const imports = named.map(([, name = '']) => relative('src', join(dirname(path), name)));
      return { path: relative('src', path), text, imports };
    });
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

/** Returns the action that a file belongs to: empty for those of `src/`. */
function actionOf(path: string): string {
  return /^\.\.\/\w+\//.exec(path)?.[0] ?? '';
}

/** Returns the cycles of imports, including imports of types. */
function cyclesOf(sources: readonly Source[]): readonly string[] {
  const graph = new Map(sources.map(({ path, imports }) => [path, imports]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(' -> '));
    if (at >= 0 || done.has(path)) return;
    graph.get(path)?.forEach((each) => {
      visit(each, [...trail, path]);
    });
    done.add(path);
  };
  sources.forEach(({ path }) => {
    visit(path, []);
  });
  return cycles;
}

describe('the layers', () => {
  test.each(FEATURES)('%s/ offers one file with its name, besides its words', (feature) => {
    const offered = [feature, 'words'].map((name) => `${feature}/${name}.ts`);
    const used = IMPORTS.filter(([path, each]) => folderOf(each) === feature && folderOf(path) !== feature);
    expect(used.filter(([, each]) => !offered.includes(each))).toEqual([]);
  });

  test('the map has a row for each folder', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((each) =>
      each.isDirectory(),
    );
    expect(MAP.flatMap((row) => row.folders).toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
  });

  test('each folder imports only from the rows of the map below its own, and what all may import', () => {
    // The modules of src/ itself are in no row: -1 is above all.
    const rankOf = (path: string): number => MAP.findIndex(({ folders }) => folders.includes(folderOf(path)));
    const wrong = IMPORTS.filter(([path]) => folderOf(path) !== '..')
      .filter(([path, each]) => folderOf(path) !== folderOf(each) && rankOf(each) <= rankOf(path))
      .filter(([, each]) => !FOR_ALL.includes(each));
    expect(wrong).toEqual([]);
  });

  const restricted = MAP.flatMap(({ folders, onlyFor }) => (onlyFor ? [[folders, onlyFor] as const] : []));
  test.each(restricted)('%j is imported only from %j', (folders, onlyFor) => {
    const importers = IMPORTS.filter(([, each]) => folders.includes(folderOf(each)))
      .map(([path]) => folderOf(path))
      .filter((each) => each !== '' && each !== '..' && !folders.includes(each));
    expect([...new Set(importers)].toSorted()).toEqual(existing(...onlyFor).toSorted());
  });

  test.each([
    ['local/', SHARED_WITH_LOCAL],
    ['outcomes/', SHARED_WITH_OUTCOMES],
  ])('%s imports only what it shares with src/, and nothing else imports from it', (action, shared) => {
    const crossing = IMPORTS.filter(([path, each]) => actionOf(path) !== actionOf(each))
      .filter((pair) => pair.some((path) => actionOf(path) === `../${action}`))
      .map(([, each]) => each);
    expect([...new Set(crossing)].toSorted()).toEqual(shared);
  });

  test('only tests import from __tests__/: what they share with others is in testbed/, simulator/ or bench/', () => {
    const wrong = ALL_CODE.filter(({ imports }) => imports.some((each) => each.startsWith('../__tests__/')));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('http/ knows no API: its words and codes live with the API', () => {
    const wrong = SOURCES.filter(({ path }) => folderOf(path) === 'http').flatMap(({ path, text }) =>
      text
        .replaceAll(/from '.*'/g, '')
        .split('\n')
        .filter((line) => WORDS_OF_AN_API.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(wrong).toEqual([]);
  });

  test('only openhands/ compares the names of APIs: others ask api-version.ts, or the port, what an API can do', () => {
    const wrong = SOURCES.filter(({ path }) => folderOf(path) !== 'openhands')
      .filter(({ text }) =>
        /(?:[!=]== |case )'(?:v\d+|agent-server)'|'(?:v\d+|agent-server)' [!=]==/.test(text),
      )
      .map(({ path }) => path);
    expect(wrong).toEqual([]);
  });

  test('report/ uses no files, and only types of github/', () => {
    const wrong = SOURCES.filter(({ path }) => folderOf(path) === 'report')
      .filter(({ text }) => /from 'node:(?!util)|^import (?!type )[^;]*from '\.\.\/github\//m.test(text))
      .map(({ path }) => path);
    expect(wrong).toEqual([]);
  });

  test('there are no import cycles', () => {
    expect(cyclesOf(ALL_CODE)).toEqual([]);
  });

  test('all waits are in a few places, which take their clock as a parameter', () => {
    const waits = SOURCES.filter(({ text }) => /\.sleep\(|\bset(?:Timeout|Interval)\b/.test(text))
      .map(({ path }) => path)
      .filter((path) => folderOf(path) !== 'github');
    expect(waits.toSorted()).toEqual([
      // Waits until the server on the runner is ready, and until it has ended.
      '../local/src/ready.ts',
      // Waits for GitHub's limit of requests.
      '../outcomes/src/patience.ts',
      // Waits between the edits of the comment.
      'comment/updates.ts',
      // Waits between the attempts of a connection and of a request.
      'http/listen.ts',
      'http/retry.ts',
      // Gives up a silent socket.
      'http/web-socket.ts',
      // Implements deadlines.
      'port/clock.ts',
      // Waits between looks.
      'session/ask.ts',
      // Retries within seconds.
      'session/stop.ts',
    ]);
  });
});

test('the thread that checks an answer loads little: no valibot', () => {
  const loaded = new Set(existing('schema/schema-worker.ts'));
  for (const path of loaded) {
    const { text = '', imports = [] } = SOURCES.find((source) => source.path === path) ?? {};
    expect(text).not.toContain("from 'valibot'");
    imports.forEach((each) => loaded.add(each));
  }
  expect(loaded.size).toBeGreaterThan(2);
});

test(`no file has more than ${MAX_LINES} lines: split a longer one by what it holds`, () => {
  expect(longFiles().filter(([, lines]) => lines > MAX_LINES)).toEqual([]);
});

test('all files use the words of the field', () => {
  const pages = ['docs', 'examples'].flatMap(filesIn);
  const paths = [
    ...[...CODE, '__tests__'].flatMap(filesIn),
    ...pages,
    ...['README', 'CONTRIBUTING', 'SECURITY'].map((each) => `${each}.md`),
    ...['', 'local/', 'outcomes/'].map((each) => `${each}action.yml`),
  ];
  const wrong = paths
    .filter((path) => /\.(?:ts|md|yml)$/.test(path) && !path.endsWith('structure.test.ts'))
    .filter((path) => WORDS_THAT_ARE_OUT.test(read(path)));
  expect(wrong).toEqual([]);
});

test('nothing decides by a text for people', () => {
  // Whether there is a text at all may decide.
  const decides =
    /\b(?:failedTo|because|advice|phase)\b [!=]== (?!'')['"`A-Z]|\.includes\([\w.]*\b(?:failedTo|because|advice|phase|message)\)/;
  const wrong = SOURCES.filter(({ text }) => decides.test(text)).map(({ path }) => path);
  expect(wrong).toEqual([]);
});

test("users' texts use plain words", () => {
  const pages = globSync(
    [
      '{,local/,outcomes/}action.yml',
      '{README,SECURITY,CHANGELOG,CONTRIBUTING}.md',
      'docs/*.md',
      'examples/**/*.yml',
      '.github/**/*.{md,yml}',
    ],
    { cwd: ROOT },
  ).map((path) => ({ path, text: read(path) }));
  expect(pages.length).toBeGreaterThan(20);
  const messages = SOURCES.map(({ path, text }) => ({ path, text: literalsOf(text) }));
  const wrong = [...pages, ...messages].flatMap(({ path, text }) =>
    text.split('\n').flatMap((line) => {
      const [phrase] = PHRASES_THAT_ARE_OUT.exec(line) ?? [];
      return phrase === undefined ? [] : [`${path}: "${phrase}" in: ${line.trim()}`];
    }),
  );
  expect(wrong).toEqual([]);
});

/** Returns the string literals of a source, one per line: what the action says, without its comments. */
function literalsOf(source: string): string {
  const code = source.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g)].join('\n');
}

test('no row of the map is longer than three lines on a screen', () => {
  const rows = read('docs/contributing/architecture.md')
    .split('\n')
    .filter((line) => /^(?:\| [^-]|- )/.test(line))
    .map((line) => line.replaceAll(/\]\([^)]*\)|\[/g, '').replaceAll(/\s+/g, ' '));
  expect(rows.filter((row) => row.length > 300)).toEqual([]);
});

test('the map of the architecture begins with the phases of a step, on one screen', () => {
  const [, phases = ''] = read('docs/contributing/architecture.md').split('\n## ');
  expect(phases.startsWith('The phases of a step\n')).toBe(true);
  expect(phases.split('\n').length).toBeLessThanOrEqual(40);
});
