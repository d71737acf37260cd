import type { Reader } from '../../src/inputs/reader.ts';
import type { LocalInputName } from './interface.ts';

/** The checked inputs of `local/action.yml`. */
export interface LocalInputs {
  readonly port: number;
  /** Whether the server may run as the job's own user if it cannot be isolated. */
  readonly allowUnisolated: boolean;
}

const DEFAULT_PORT = 8712;

/** Reads the inputs. */
export function localInputsIn(read: Reader<LocalInputName>): LocalInputs {
  return {
    port: read.parsed('port', 'it must be a whole number from 1024 to 65535', portIn, DEFAULT_PORT),
    allowUnisolated: read.boolean('allow-unisolated'),
  };
}

function portIn(value: string): number | undefined {
  const port = /^\d{4,5}$/.test(value) ? Number(value) : 0;
  return port >= 1024 && port <= 65_535 ? port : undefined;
}
