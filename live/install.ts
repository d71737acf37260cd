import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CANVAS, canvasProblem, folderOfCanvas, PINNED } from './canvas.ts';
import type { Kind } from './kinds.ts';
import { type Environment, environmentOf, run } from './python.ts';

/** An installed server. */
export interface Installed {
  /** The path of its Python; for Agent Canvas, that has `uv`. */
  readonly python: string;
  /** The folder of Agent Canvas. */
  readonly canvas: string;
  /** The packages of OpenHands, with their versions. */
  readonly versions: string;
}

const LIVE = join(import.meta.dirname, '../.live');
const UV = '../local/requirements-uv.txt';
const PACKAGES = {
  v1: { list: 'requirements.txt', size: '1.5 GB, about a minute' },
  v0: { list: 'requirements-v0.txt', size: '1.9 GB, about a minute' },
  'agent-server': { list: '../local/requirements.txt', size: '0.4 GB, half a minute' },
  canvas: { list: UV, size: '0.9 GB, a minute' },
} as const;

/** The packages to try in their newest version. */
const NEWEST = {
  v1: ['openhands-ai'],
  'agent-server': ['openhands-agent-server', 'openhands-sdk', 'openhands-tools'],
} as const;

/** Installs a server that is not there yet, in the tested version or in the newest. Says why if that is impossible. */
export function install(kind: Kind, isNewest: boolean): Installed | { readonly why: string } {
  if (!isNewest) return installFrom(kind, join(import.meta.dirname, PACKAGES[kind].list));
  if (kind === 'v0') throw new Error('--newest is not for --v0: newer servers lack its API');
  const uv = packagesOf(kind, join(import.meta.dirname, UV));
  if (uv.kind === 'missing') return uv;
  try {
    if (kind === 'canvas') {
      const [version = ''] = outputOf('npm', ['view', CANVAS, 'version']).split('\n');
      // Canvas comes from npm: its only Python package is uv.
      return installFrom(kind, join(import.meta.dirname, UV), version);
    }
    const list = join(LIVE, `newest-${kind}.txt`);
    writeFileSync(list, resolveNewest(kind, uv.bin));
    return installFrom(kind, list, PINNED, `newest-${kind}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { why: `the newest ${kind} cannot be installed: ${why.replaceAll(/\s+/g, ' ')}` };
  }
}

/** Returns a list with the newest version of a server, and of all that it needs. An older one is not an answer. */
function resolveNewest(kind: keyof typeof NEWEST, bin: string): string {
  const python = join(bin, 'python');
  const pinned = NEWEST[kind].map((name) => {
    const found = outputOf(python, ['-m', 'pip', 'index', 'versions', '--ignore-requires-python', name]);
    return `${name}==${/\((\S+)\)/.exec(found)?.[1] ?? ''}`;
  });
  const resolve = ['pip', 'compile', '--quiet', '--no-header', '--no-annotate', '--python', python];
  return outputOf(join(bin, 'uv'), [...resolve, '-'], pinned.join('\n'));
}

function outputOf(program: string, args: readonly string[], input?: string): string {
  const { ok, output } = run(program, args, input);
  if (!ok) throw new Error(`${args.join(' ')}: ${output}`);
  return output;
}

function installFrom(kind: Kind, list: string, canvas = PINNED, name?: string): ReturnType<typeof install> {
  const packages = packagesOf(kind, list, name);
  if (packages.kind === 'missing') return packages;
  const why = kind === 'canvas' ? canvasProblem(canvas, sayInstalls(kind)) : undefined;
  if (why !== undefined) return { why };
  const listed = readFileSync(list, 'utf8').match(/^openhands-\S+/gm) ?? [];
  const versions = kind === 'canvas' ? `${CANVAS}@${canvas}` : listed.join(', ');
  return { python: join(packages.bin, 'python'), canvas: folderOfCanvas(canvas), versions };
}

function packagesOf(kind: Kind, requirements: string, name?: string): Environment {
  const versions = ['3.13', '3.12'];
  return environmentOf({ requirements, cache: LIVE, name, versions, onInstall: sayInstalls(kind) });
}

function sayInstalls(kind: Kind): () => void {
  return () => {
    console.log(`Installing the server into .live/ (${PACKAGES[kind].size}); the next run reuses it.`);
  };
}
