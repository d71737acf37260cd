const BY_NAME: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in JSON': json,
  'in JSON within JSON': (text) => json(json(text)),
  'in a URL': encodeURIComponent,
  'in a URL within a URL': (text) => encodeURIComponent(encodeURIComponent(text)),
  'in HTML': html,
  'in HTML within HTML': (text) => html(html(text)),
  'in Markdown': (text) => text.replace(/[^A-Za-z0-9\s]/g, String.raw`\$&`),
  'in JSON within HTML': (text) => html(json(text)),
  'in Base64': (text) => Buffer.from(`Bearer ${text}`).toString('base64'),
  'in URL-safe Base64': (text) => Buffer.from(`a:${text}`).toString('base64url'),
  'in Base64 within JSON': (text) => json(Buffer.from(text).toString('base64').replaceAll('/', '\\/')),
  'split by a zero-width character': (text) => split(text, '\u200b'),
  'split by a line break': (text) => split(text, '\n  '),
  'split by a color': (text) => split(text, '\u001b[1m'),
};

/** The ways in which a text may be spelled by accident, each with its name: what a secret must not pass an exit in. */
export const SPELLINGS = Object.entries(BY_NAME);

function json(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function split(text: string, by: string): string {
  return text.slice(0, 9) + by + text.slice(9);
}

/** A piece of a spelled text that shows much of it, wherever it appears: eight letters and digits from its longest run. */
export function pieceOf(spelled: string): string {
  const runs = spelled.match(/[A-Za-z0-9]+/g) ?? [];
  const longest = runs.toSorted((a, b) => b.length - a.length)[0] ?? '';
  const middle = Math.floor(longest.length / 2);
  return longest.slice(Math.max(0, middle - 4), middle + 4);
}
