/** An annotation, which the runner shows on the page of the run. */
export interface Annotation {
  readonly level: 'notice' | 'warning' | 'error';
  readonly message: string;
  readonly title?: string;
}

interface Command {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

const LEVELS = ['notice', 'warning', 'error'] as const;
const KNOWN = new Set([
  ...LEVELS,
  'debug',
  'group',
  'endgroup',
  'add-mask',
  'set-output',
  'save-state',
  'set-env',
  'add-path',
  'echo',
  'add-matcher',
  'remove-matcher',
  'stop-commands',
]);

function unescape(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((sofar, [from, to]) => sofar.replaceAll(from, to), text);
}

// The percent sign comes last, so that an escaped escape stays escaped.
const DATA = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
] as const;
const PROPERTY = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%3A', ':'],
  ['%2C', ','],
  ['%25', '%'],
] as const;
const OLD = [
  ['%3B', ';'],
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%5D', ']'],
  ['%25', '%'],
] as const;

function properties(
  text: string,
  separator: string,
  escapes: readonly (readonly [string, string])[],
): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(separator)) {
    const at = part.indexOf('=');
    if (at > 0) found.set(part.slice(0, at).trim(), unescape(part.slice(at + 1), escapes));
  }
  return found;
}

/** Parses `::name key=value,key=value::data`, after any white space. */
function newCommand(line: string): Command | undefined {
  // The runner trims .NET's white space, which includes U+0085.
  const [, name, rest = '', data = ''] = /^[\s\u0085]*::([^\s:]+)(?:\s+([^:]*?))?::(.*)$/s.exec(line) ?? [];
  if (name === undefined) return undefined;
  return { name, properties: properties(rest, ',', PROPERTY), data: unescape(data, DATA) };
}

/** Parses `##[name key=value;key=value]data`, anywhere in a line. */
function oldCommand(line: string): Command | undefined {
  const [, name, rest = '', data = ''] = /##\[([^\s\]]+)(?:\s+([^\]]*))?\](.*)$/s.exec(line) ?? [];
  if (name === undefined) return undefined;
  return { name, properties: properties(rest, ';', OLD), data: unescape(data, OLD) };
}

/** Parses a command that the runner knows. `stopped` is the token that ends `stop-commands`. */
export function parseLogCommand(line: string, stopped?: string): Command | undefined {
  const command = newCommand(line) ?? oldCommand(line);
  if (command === undefined) return undefined;
  if (stopped !== undefined) return command.name === stopped ? command : undefined;
  return KNOWN.has(command.name.toLowerCase()) ? { ...command, name: command.name.toLowerCase() } : undefined;
}

function levelOf(name: string): Annotation['level'] | undefined {
  return LEVELS.find((level) => level === name);
}

const WORD = { notice: 'Notice', warning: 'Warning', error: 'Error' } as const;

/** Returns the forms of a secret that the runner masks: the whole, each line, and both escaped for URLs and JSON. */
function formsOf(secret: string): readonly string[] {
  const lines = [secret, ...secret.split(/[\r\n]+/)].map((line) => line.trim()).filter((line) => line !== '');
  return lines.flatMap((line) => [
    line,
    JSON.stringify(line.toWellFormed()).slice(1, -1),
    encodeURIComponent(line.toWellFormed()),
  ]);
}

/** Interprets the output of a process like GitHub's runner. */
export class StepLog {
  /** The log as people see it: commands executed, secrets masked. */
  readonly shown: string[] = [];
  readonly annotations: Annotation[] = [];
  /** The texts to mask, longest first, so that a secret that contains another one is masked as a whole. */
  readonly masks: string[] = [];
  /** The outputs set by the old command `set-output`. */
  readonly outputs: Record<string, string> = {};
  readonly #onLine: (line: string) => void;
  readonly #showsDebug: boolean;
  /** The token that ends `stop-commands`; `undefined` while commands are carried out. */
  #stopped: string | undefined;

  /**
   * `secrets` are masked from the start; `onLine` is called with each line as people see it; `showsDebug` is whether debug logging is
   * on.
   */
  constructor(secrets: readonly string[], onLine: (line: string) => void, showsDebug = false) {
    this.#onLine = onLine;
    this.#showsDebug = showsDebug;
    for (const value of secrets) this.#hide(value);
  }

  /** Processes a line of output, without its line break. */
  take(line: string): void {
    const command = parseLogCommand(line, this.#stopped);
    if (command === undefined) this.#show(line);
    else if (this.#stopped !== undefined) this.#stopped = undefined;
    else this.#carryOut(command);
  }

  /** Adds an error of the runner itself. */
  complain(message: string): void {
    this.#annotate('error', message);
  }

  #mask(text: string): string {
    return this.masks.reduce((sofar, secret) => sofar.replaceAll(secret, '***'), text);
  }

  #show(line: string): void {
    const masked = this.#mask(line);
    this.shown.push(masked);
    this.#onLine(masked);
  }

  #hide(value: string): void {
    for (const form of formsOf(value)) if (!this.masks.includes(form)) this.masks.push(form);
    this.masks.sort((left, right) => right.length - left.length);
  }

  #annotate(level: Annotation['level'], message: string, title?: string): void {
    const note = { level, message: this.#mask(message) };
    this.annotations.push(title === undefined ? note : { ...note, title: this.#mask(title) });
    for (const line of `${WORD[level]}: ${message}`.split('\n')) this.#show(line);
  }

  #carryOut(command: Command): void {
    const level = levelOf(command.name);
    if (level !== undefined) {
      this.#annotate(level, command.data, command.properties.get('title'));
      return;
    }
    switch (command.name) {
      case 'debug':
        if (this.#showsDebug) this.#show(`##[debug]${command.data}`);
        break;
      case 'group':
        this.#show(`▼ ${command.data}`);
        break;
      case 'add-mask':
        this.#hide(command.data);
        break;
      case 'set-output':
        this.outputs[command.properties.get('name') ?? ''] = command.data;
        break;
      case 'stop-commands':
        this.#stopped = command.data;
        break;
    }
  }
}

/**
 * Splits a stream of text into lines like .NET, for which a carriage return alone ends a line, too. So text that a terminal
 * would overwrite is a line of its own, and may be a command.
 */
export function createLineCutter(onLine: (line: string) => void): { write(text: string): void; end(): void } {
  let rest = '';
  const cut = (text: string): void => {
    const lines = text.split(/\r\n|\n|\r/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
  return {
    write: (text) => {
      const whole = rest + text;
      // A line feed may follow a carriage return at the end.
      if (!whole.endsWith('\r')) {
        cut(whole);
        return;
      }
      cut(whole.slice(0, -1));
      rest += '\r';
    },
    end: () => {
      cut(rest);
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
