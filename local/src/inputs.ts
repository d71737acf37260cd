import type { InputReader } from '../../src/inputs/reader.ts';

/** The names of the inputs, as in `local/action.yml`. */
export const LOCAL_INPUT_NAMES = ['port', 'allow-unisolated'] as const;
export type LocalInputName = (typeof LOCAL_INPUT_NAMES)[number];

/** The names of the outputs, as in `local/action.yml`. */
export const LOCAL_OUTPUT_NAMES = ['base-url', 'api-key', 'working-directory', 'log-file'] as const;
export type LocalOutputName = (typeof LOCAL_OUTPUT_NAMES)[number];

export interface LocalInputs {
  readonly port: number;
  /** Whether the server may run as the job's own user if it cannot be isolated. */
  readonly allowUnisolated: boolean;
}

const DEFAULT_PORT = 8712;

/** Reads the inputs. */
export function localInputsIn(read: InputReader<LocalInputName>): LocalInputs {
  return {
    port: read.parsed('port', 'it must be a whole number from 1024 to 65535', portIn, DEFAULT_PORT),
    allowUnisolated: read.boolean('allow-unisolated'),
  };
}

function portIn(value: string): number | undefined {
  const port = /^\d{4,5}$/.test(value) ? Number(value) : 0;
  return port >= 1024 && port <= 65_535 ? port : undefined;
}
