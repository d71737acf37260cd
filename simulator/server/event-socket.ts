import { contentText, textOf } from '../body-checks.ts';
import { timeOf } from '../clock.ts';
import { type FaultAnswer, spoil } from '../faults.ts';
import { parseJson } from '../json.ts';
import { json } from '../reply.ts';
import type { AgentServer } from './agent-server.ts';
import type { Conversation } from './conversation.ts';
import type { StoredEvent } from './order.ts';
import { renderFullState } from './v1-render.ts';
import { renderEvent } from './v1-render-events.ts';

/** A request for a socket. */
export interface Upgrade {
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The connection from the server to the client. */
export interface Link {
  send(frame: string): void;
  /** Closes the connection; with code 1006 it is lost without a closing frame. */
  close(code: number, reason: string): void;
}

/** A socket as tests see it. */
export interface SocketView {
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The frames from the client. Each except the first is a message to the agent. */
  readonly frames: readonly string[];
  /** The number of frames that the client was sent. */
  readonly sent: number;
  /** The closing code; 1000 if the client closed the socket, `undefined` while it is open. */
  readonly closed: number | undefined;
}

/** The conversation that a socket watches, and its circumstances. */
export interface Watched {
  readonly server: AgentServer;
  readonly id: string;
  readonly fault: FaultAnswer | undefined;
  readonly misuses: string[];
}

interface Frame {
  readonly at: number;
  readonly text: string;
}

const AUTHENTICATION_MS = 10_000;
const HUGE_BYTES = 2 * 1024 * 1024;
const OBJECTS = 300_000;

/**
 * The server's end of a socket. It has no timers: `tick` sends the frames that are due.
 * Source: sockets.py in OpenHands/software-agent-sdk; seen with 1.58.2.
 */
export class EventSocket implements SocketView {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: string[] = [];
  readonly #link: Link;
  readonly #watched: Watched;
  readonly #openedAt: number;
  /** The frames that are not sent yet. */
  readonly #outbox: Frame[] = [];
  #conversation: Conversation | undefined;
  /** The number of the conversation's events that were queued, or happened before the socket was opened. */
  #queued = 0;
  #sent = 0;
  #closed: number | undefined;

  constructor({ target, headers }: Upgrade, link: Link, watched: Watched) {
    this.target = target;
    this.headers = headers;
    this.#link = link;
    this.#watched = watched;
    this.#openedAt = this.#now;
  }

  get sent(): number {
    return this.#sent;
  }

  get closed(): number | undefined {
    return this.#closed;
  }

  get #now(): number {
    return this.#watched.server.scope.store.clock.now();
  }

  /** Whether the socket is closed, or a fault makes it send nothing. */
  get #isSilent(): boolean {
    return this.#closed !== undefined || this.#watched.fault?.kind === 'silent';
  }

  /** Whether the server pings: it does as long as it runs. */
  get pings(): boolean {
    return !this.#isSilent && (this.#conversation?.isReachable ?? true);
  }

  /** Whether a fault makes the server send pings without end. */
  get floods(): boolean {
    return this.#watched.fault?.kind === 'pings';
  }

  /** Receives a frame from the client. The first one authenticates; any other one is a message to the agent. */
  receive(text: string): void {
    this.frames.push(text);
    const { misuses, server } = this.#watched;
    if (this.frames.length > 1) misuses.push(`a frame after the first on ${this.target}`);
    if (this.#isSilent) return;
    if (this.#conversation === undefined) this.#authenticate(text);
    else {
      const message = contentText(parseJson(text));
      this.#conversation.receive(this.#now, message, server.scope.store.scenarioFor(message));
    }
    this.tick();
  }

  /** Records that the client closed the socket. */
  leave(): void {
    this.#closed ??= 1000;
  }

  /** Closes the socket because its server ends. */
  end(code: number): void {
    if (this.#closed === undefined) this.#close(code, '');
  }

  /** Sends the frames that are due. */
  tick(): void {
    if (this.#isSilent) return;
    if (this.#conversation === undefined) {
      if (this.#now >= this.#openedAt + AUTHENTICATION_MS) this.#close(4001, 'Authentication failed');
      return;
    }
    const { server, id } = this.#watched;
    if (server.scope.store.process.isDiskFull) {
      this.#close(1006, '');
      return;
    }
    const conversation = server.scope.find(id);
    if (
      conversation === undefined ||
      isGone(conversation) ||
      (server.endsUnreachable && !conversation.isReachable)
    ) {
      this.#close(1012, '');
      return;
    }
    // A paused sandbox sends nothing, and does not close the socket.
    if (conversation.isReachable) this.#push(conversation);
  }

  /** Returns when `tick` is due, in simulated milliseconds since the epoch; `Infinity` if never. */
  nextAt(): number {
    if (this.#isSilent) return Infinity;
    if (this.#conversation === undefined) return this.#openedAt + AUTHENTICATION_MS;
    const frameAt = this.#conversation.isReachable ? (this.#outbox[0]?.at ?? Infinity) : Infinity;
    return Math.min(this.#conversation.nextAt, frameAt);
  }

  #authenticate(text: string): void {
    const { server, id } = this.#watched;
    const first = parseJson(text);
    const key = textOf(first, 'session_api_key') ?? '';
    const conversation = server.scope.find(id);
    if (textOf(first, 'type') !== 'auth' || !server.takes(key)) this.#close(4001, 'Authentication failed');
    else if (conversation === undefined) this.#close(4004, 'Conversation not found');
    else this.#begin(conversation);
  }

  #begin(conversation: Conversation): void {
    this.#conversation = conversation;
    this.#queued = conversation.events.length;
    this.#queue(renderFullState(conversation, this.#now), this.#now);
    const query = new URLSearchParams(this.target.split('?')[1] ?? '');
    const mode = query.get('resend_mode');
    const since = mode === 'since' ? query.get('after_timestamp') : null;
    if (mode !== 'all' && since === null) return;
    // With `all`, `since` is null, which is before all events.
    for (const event of conversation.events) if (event.at >= timeOf(since)) this.#queueEvent(event);
  }

  #push(conversation: Conversation): void {
    for (const event of conversation.events.slice(this.#queued)) {
      this.#queueEvent(event);
      const { happening, at } = event;
      // After each run and each pause the server sends the whole state.
      if (happening.kind === 'agent-state' && happening.agent !== 'working')
        this.#queue(renderFullState(conversation, at), at);
    }
    this.#queued = conversation.events.length;
    while (this.#closed === undefined && !this.#closeIfSpent()) {
      const [frame] = this.#outbox;
      if (frame === undefined || frame.at > this.#now) break;
      this.#outbox.shift();
      this.#sent += 1;
      this.#link.send(frame.text);
    }
  }

  #queueEvent(event: StoredEvent): void {
    this.#queue(renderEvent(event), event.at);
  }

  #queue(event: ReturnType<typeof renderEvent>, at: number): void {
    const { fault } = this.#watched;
    const delay = fault?.kind === 'slow' ? fault.seconds * 1000 : 0;
    const isFirst = this.#sent + this.#outbox.length === 0;
    const huge = fault?.kind === 'huge' && isFirst && { padding: 'x'.repeat(HUGE_BYTES) };
    const objects = fault?.kind === 'objects' && { padding: Array.from({ length: OBJECTS }, () => ({})) };
    const right = json(200, { ...event, ...huge, ...objects });
    const spoiled = fault === undefined ? undefined : spoil(fault, right, at);
    this.#outbox.push({ at: at + delay, text: String((spoiled ?? right).body) });
  }

  /** Closes the socket if a fault orders that after the number of frames sent so far. Returns whether it did. */
  #closeIfSpent(): boolean {
    const { fault } = this.#watched;
    if (fault?.kind !== 'close' || this.#sent < fault.frames) return false;
    this.#close(fault.code, 'Ordered by a fault');
    return true;
  }

  #close(code: number, reason: string): void {
    this.#closed = code;
    this.#link.close(code, reason);
  }
}

/** Whether the conversation or its process no longer exists. */
function isGone({ situation: { box, agent } }: Conversation): boolean {
  return ['missing', 'archived', 'emptied'].includes(box) || agent === 'deleting';
}
