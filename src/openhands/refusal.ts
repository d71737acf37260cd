/** A refusal is a sentence or two; where it is longer than this, it is no refusal of the API's. */
const LONGEST_REFUSAL = 64 * 1024;
const MOST_ITEMS = 20;

/**
 * What a refused request was told, in the server's words; empty where it was told nothing. Servers, their frameworks and
 * the gateways before them use `detail`, `message` or `error`, and newer servers a bare JSON string.
 *
 * @param text the body as it came; `body` is what it says as JSON.
 */
export function refusalIn(text: string, body: unknown): string {
  return text.length > LONGEST_REFUSAL ? '' : wordsIn(body);
}

function wordsIn(body: unknown): string {
  if (typeof body === 'string') return body;
  if (Array.isArray(body)) {
    const items: readonly unknown[] = body;
    return items
      .slice(0, MOST_ITEMS)
      .map(wordsIn)
      .filter((words) => words !== '')
      .join('; ');
  }
  if (typeof body !== 'object' || body === null) return '';
  const members = new Map<string, unknown>(Object.entries(body));
  // FastAPI's validation errors: where, and what is wrong there.
  if (typeof members.get('msg') === 'string')
    return `${placeIn(members.get('loc'))}${wordsIn(members.get('msg'))}`;
  return wordsIn(members.get('detail') ?? members.get('message') ?? members.get('error'));
}

function placeIn(loc: unknown): string {
  if (!Array.isArray(loc)) return '';
  const steps: readonly unknown[] = loc;
  return `${steps.filter((step) => typeof step === 'string' || typeof step === 'number').join('.')}: `;
}
