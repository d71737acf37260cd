import { withoutHidden } from '../text/without-hidden.ts';

/** What a person's comment says after the command with which it begins. */
export interface Commanded {
  /** The name of the placeholder that has the comment, such as `github.event.comment.body`. */
  readonly name: string;
  readonly text: string;
  /** Who has set it as a task; absent if nothing shows that this person may set tasks. */
  readonly by?: string;
}

/**
 * Returns what follows a command at the start of a text, without what the page on GitHub hides; empty if nothing does. Returns `undefined`
 * if the text does not begin with the command as a word of its own. Letter case does not count.
 */
export function textAfter(command: string, text: string): string | undefined {
  const rest = text.slice(command.length);
  const begins = text.slice(0, command.length).toLowerCase() === command.toLowerCase();
  return begins && /^(?:\s|$)/.test(rest) ? withoutHidden(rest).trim() : undefined;
}
