import type { Runner } from '../github/runner.ts';
import type { LocalInputName, LocalOutputName } from './interface.ts';

/** The way to the people and to the next steps. */
export interface LocalRunner extends Pick<Runner, 'secrets' | 'debug' | 'info' | 'warning' | 'fail'> {
  readonly input: (name: LocalInputName) => string;
  output(name: LocalOutputName, value: string): void;
  /** Keeps where the server has its files, for post. */
  save(base: string): void;
  /** What was kept; empty if nothing was. */
  saved(): string;
}
