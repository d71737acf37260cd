const OPENING = '<!-- openhands-conversation ';
/** `end`: the comment shows how the step ended. */
const MARKER = new RegExp(`${OPENING}([A-Za-z0-9_-]{1,84})( end)? ([0-9a-f]{64}) -->\\s*$`);
/** Also one that is damaged. */
const ANY_MARKER = new RegExp(`${OPENING}[^<>]*-->\\s*$`);

/** What a marker says: whose comment it ends, and whether that shows how the step ended. */
export interface MarkerContent {
  readonly id: string;
  readonly isEnd: boolean;
}

/** A marker: the last line of a comment or a review, by which it is found again. */
interface Marker extends MarkerContent {
  readonly signature: string;
}

/** Returns the text of a marker, which is invisible in Markdown. */
export function markerText({ id, isEnd, signature }: Marker): string {
  return `${OPENING}${id}${isEnd ? ' end' : ''} ${signature} -->`;
}

/** Parses the marker that a text ends in, and does not check it; `undefined` if there is none. */
export function readMarker(body: string): Marker | undefined {
  const [, id, end, signature = ''] = MARKER.exec(body) ?? [];
  return id === undefined ? undefined : { id, isEnd: end !== undefined, signature };
}

/** Removes the marker that a text ends in, whoever has signed it. */
export function withoutMarker(text: string): string {
  return text.replace(ANY_MARKER, '');
}
