import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, '../..');

/** The action as a job gets it. */
export interface Archive {
  /** The folder with action.yml. */
  readonly folder: string;
  /** How many bytes a job downloads. */
  readonly bytes: number;
  remove(): void;
}

/** Returns the packages whose code is in a built file. Packages with CommonJS modules are not among them: the code names only others. */
export function bundledPackages(code: string): readonly string[] {
  const named = code.matchAll(/ MODULE: \.\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g);
  return [...new Set([...named].map(([, name = '']) => name))];
}

/** Makes the archive of the last commit that GitHub's runner would download, without what .gitattributes leaves out, and unpacks it. */
export function unpackArchive(): Archive {
  const tar = execFileSync('git', ['archive', '--worktree-attributes', 'HEAD'], {
    cwd: ROOT,
    maxBuffer: Infinity,
  });
  const folder = mkdtempSync(join(tmpdir(), 'archive-'));
  execFileSync('tar', ['-xf', '-'], { cwd: folder, input: tar });
  return {
    folder,
    bytes: gzipSync(tar).length,
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
