/** How V1 servers differ in behavior. */
export interface Behavior {
  /** Whether events reach the server in delayed batches instead of at once. */
  readonly lateEvents: boolean;
  /** Whether the server's statistics work. Otherwise it has no cost, and only the start and the title change `updated_at`. */
  readonly hasStatistics: boolean;
  /** What happens to a working agent if its sandbox is paused and resumed: it continues or fails. */
  readonly resumedAgent: 'continues' | 'interrupted';
  /** Whether the server never shows the conversation, because one with its id was deleted. */
  readonly isHidden: boolean;
}
