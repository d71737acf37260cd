import type { Reader } from '../../src/inputs/reader.ts';
import type { LocalInputName } from './interface.ts';

/** The checked inputs of `local/action.yml`. */
export interface LocalInputs {
  /** The version from PyPI, or the container image. */
  readonly server:
    | { readonly kind: 'package'; readonly version: string }
    | { readonly kind: 'image'; readonly image: string };
  readonly port: number;
  /** Whether the server may run as the job's own user if it cannot be isolated. */
  readonly allowUnisolated: boolean;
}

const DEFAULT_PORT = 8712;
/** Matches an image with a digest: its content cannot change. Docker validates the name. */
const BY_DIGEST = /^[a-z0-9][\w./:-]{0,255}@sha256:[0-9a-f]{64}$/;

/** Reads the inputs. `version` is the version of the agent server in requirements.txt. */
export function localInputsIn(read: Reader<LocalInputName>, version: string): LocalInputs {
  return {
    server: serverIn(read, version),
    port: read.parsed('port', 'it must be a whole number from 1024 to 65535', portIn, DEFAULT_PORT),
    allowUnisolated: read.boolean('allow-unisolated'),
  };
}

function serverIn(read: Reader<LocalInputName>, version: string): LocalInputs['server'] {
  const wanted = read.parsed(
    'version',
    `this release of the action has checked packages for ${version} only: leave version out, or use image`,
    (value) => (value === version ? version : undefined),
    version,
  );
  const image = read.parsed(
    'image',
    'it must name a digest, as in ghcr.io/openhands/agent-server@sha256:… with its 64 digits',
    (value) => (BY_DIGEST.test(value) ? value : undefined),
    '',
  );
  if (image === '') return { kind: 'package', version: wanted };
  if (read.given('version').value !== '')
    read.wrong(
      'version and image cannot be combined, since an image has its own version: leave one of them out',
    );
  return { kind: 'image', image };
}

function portIn(value: string): number | undefined {
  const port = /^\d{4,5}$/.test(value) ? Number(value) : 0;
  return port >= 1024 && port <= 65_535 ? port : undefined;
}
