/** How to open a WebSocket. */
export interface SocketOptions {
  /** The only frame to send, as soon as the socket is open. */
  readonly first?: string;
  /** The timeout for opening it, in milliseconds. */
  readonly timeoutMs: number;
  /** Closes the socket. */
  readonly signal: AbortSignal;
}

/**
 * Opens a WebSocket, and yields the text of each frame. When it is closed or lost, or cannot be opened, returns the close
 * code: 1006 if the server gave none (RFC 6455, section 7.4.1). Throws the signal's reason once aborted.
 */
export type OpenSocket = (url: string, options: SocketOptions) => AsyncGenerator<string, number>;
