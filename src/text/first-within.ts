/** Returns the first items that fit into `room` bytes together, as JSON and with a few bytes between them. */
export function firstWithin<T>(room: number, items: readonly T[]): readonly T[] {
  let left = room;
  const end = items.findIndex((item) => {
    left -= Buffer.byteLength(JSON.stringify(item)) + 4;
    return left < 0;
  });
  return end < 0 ? items : items.slice(0, end);
}
