import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAX_MS = 60_000;
/** The number of pixels per CSS pixel: sharp on today's screens. */
const SCALE = 2;
/** Options that disable Chromium's background work and network requests. */
const QUIET = [
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--disable-lcd-text',
  `--force-device-scale-factor=${SCALE}`,
];
const MEASURE =
  '<script>document.documentElement.dataset.height = document.documentElement.scrollHeight</script>';

/**
 * Finds Chromium and returns its path.
 *
 * @throws Error that says what is missing
 */
export function findChromium(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
  if (found !== undefined) return found;
  throw new Error(
    `Chromium is missing: none of ${NAMES.join(', ')} is in the PATH (Debian: apt-get install chromium fonts-liberation fonts-noto-color-emoji)`,
  );
}

/**
 * Takes a screenshot of a whole page.
 *
 * @param html the page, which must not load anything
 * @param width in CSS pixels
 * @param file the path of the PNG
 * @throws Error if Chromium fails
 */
export function photograph(chromium: string, html: string, width: number, file: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'picture-'));
  try {
    const page = join(folder, 'page.html');
    writeFileSync(page, html + MEASURE);
    const open = (...more: readonly string[]): string =>
      run(chromium, folder, [...more, pathToFileURL(page).href]);
    const [, height] = /data-height="(\d+)"/.exec(open('--dump-dom', `--window-size=${width},100`)) ?? [];
    if (height === undefined) throw new Error('Chromium did not report the height of the page');
    open(`--screenshot=${file}`, `--window-size=${width},${height}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(chromium: string, folder: string, args: readonly string[]): string {
  // Chromium cannot sandbox processes of root. The opened page is written by this script.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const profile = `--user-data-dir=${mkdtempSync(join(folder, 'profile-'))}`;
  const { status, stdout, stderr } = spawnSync(chromium, [...QUIET, ...sandbox, profile, ...args], {
    encoding: 'utf8',
    timeout: MAX_MS,
  });
  if (status !== 0) throw new Error(`Chromium ended with ${status ?? 'no exit code'}: ${stderr}`);
  return stdout;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
