/** What a socket is opened with. */
export interface SocketOptions {
  /** The only frame that is ever sent, as soon as the socket is open. */
  readonly first?: string;
  /** How long the server may take to accept, in milliseconds. */
  readonly withinMs: number;
  /** Closes the socket. */
  readonly signal: AbortSignal;
}

/**
 * Opens a socket, and yields the text of each frame. Returns once it is closed or lost, or could not be opened: the
 * server's code, or 1006 if it gave none (RFC 6455, section 7.4.1). It throws the signal's reason once that is aborted.
 */
export type OpenSocket = (url: string, options: SocketOptions) => AsyncGenerator<string, number>;
