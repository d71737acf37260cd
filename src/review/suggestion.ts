import { fenceFor, shortenBackticks, stripInvisible } from '../text/safe.ts';

/**
 * Returns a comment with a suggestion below it, which a person can apply with one click; without one if the replacement changes nothing,
 * has characters that nobody sees, or would not stay as it is: an edited one would be another change.
 * Source: "Incorporating feedback in your pull request" in https://docs.github.com/pull-requests
 *
 * @param replacement the new text of the lines; empty if they are to be deleted.
 * @param lines the text of the lines on which the comment is; absent if it cannot have a suggestion.
 * @param redact what is done to the comment when it is posted.
 */
export function addSuggestion(
  comment: string,
  replacement: string | undefined,
  lines: readonly string[] | undefined,
  redact: (text: string) => string,
): string {
  if (replacement === undefined || lines === undefined) return comment;
  // Completes the last line. An empty text has no line: it deletes those of the comment.
  const text = replacement.replaceAll('\r\n', '\n').replace(/[^\n]$/u, '$&\n');
  const present = lines.map((line) => `${line.replaceAll('\r', '')}\n`).join('');
  const isShownAsItIs = text === shortenBackticks(stripInvisible(text));
  if (!isShownAsItIs || text === present) return comment;
  const fence = fenceFor(text, 3);
  const block = `${openingOf(fence)}${text}${fence}`;
  const whole = comment.trimEnd() + block;
  return redact(whole).endsWith(block) ? whole : comment;
}

/** Returns a comment without the suggestion at its end; as it is if there is none. */
export function withoutSuggestion(comment: string): string {
  const whole = comment.replaceAll('\r', '').trimEnd();
  const fence = whole.slice(whole.lastIndexOf('\n') + 1);
  // The last opening: no fence as long as this one is within the suggestion.
  const at = /^`{3,}$/.test(fence) ? whole.lastIndexOf(openingOf(fence)) : -1;
  return at < 0 ? comment : whole.slice(0, at);
}

function openingOf(fence: string): string {
  return `\n\n${fence}suggestion\n`;
}
