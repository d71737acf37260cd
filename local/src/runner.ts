import type { Runner } from '../../src/github/runner.ts';
import type { LocalInputName, LocalOutputName } from './interface.ts';

/** The runner's interface for the local action: inputs, outputs, log and state. */
export interface LocalRunner extends Pick<Runner, 'secrets' | 'debug' | 'info' | 'warning' | 'fail'> {
  readonly input: (name: LocalInputName) => string;
  output(name: LocalOutputName, value: string): void;
  /** Saves the base folder of the server's files, for post. */
  save(base: string): void;
  /** Returns the saved folder; empty if there is none. */
  saved(): string;
}
