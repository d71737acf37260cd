/** A refusal is a sentence or two; if it is longer than this, it is no refusal of the API's. */
const LONGEST_REFUSAL = 64 * 1024;
const MOST_ITEMS = 20;
/** Deeper than this lies nothing that was meant for people; and calls cannot be nested as deep as JSON. */
const MOST_LEVELS = 8;

/**
 * What a refused request was told, in the server's words; empty if it was told nothing. Servers, their frameworks and
 * the gateways before them use `detail`, `message`, `error` or `code`, and newer servers a bare JSON string.
 *
 * @param text the body as it came; `body` is what it says as JSON.
 */
export function refusalIn(text: string, body: unknown): string {
  return text.length > LONGEST_REFUSAL ? '' : wordsIn(body);
}

function wordsIn(body: unknown, levels = MOST_LEVELS): string {
  if (typeof body === 'string') return body;
  if (levels === 0) return '';
  if (Array.isArray(body)) {
    const items: readonly unknown[] = body;
    return items
      .slice(0, MOST_ITEMS)
      .map((item) => wordsIn(item, levels - 1))
      .filter((words) => words !== '')
      .join('; ');
  }
  if (typeof body !== 'object' || body === null) return '';
  const members = new Map<string, unknown>(Object.entries(body));
  // FastAPI's validation errors: where, and what is wrong there.
  const message = members.get('msg');
  if (typeof message === 'string') return placeIn(members.get('loc')) + message;
  const exception = members.get('exception');
  // An agent server says "Internal Server Error" first.
  if (typeof exception === 'string') return exception;
  const words = ['detail', 'message', 'error', 'code'].map((name) => members.get(name));
  return wordsIn(
    words.find((told) => told != null),
    levels - 1,
  );
}

function placeIn(loc: unknown): string {
  if (!Array.isArray(loc)) return '';
  const steps: readonly unknown[] = loc;
  return `${steps.filter((step) => typeof step === 'string' || typeof step === 'number').join('.')}: `;
}
