import { timeOf } from './agent-api.ts';
import type { AgentServer } from './agent-server.ts';
import { contentText, textOf } from './body-checks.ts';
import type { Conversation, StoredEvent } from './conversation.ts';
import { type FaultAnswer, spoil } from './faults.ts';
import { parseJson } from './json.ts';
import { json } from './reply.ts';
import type { Upgrade } from './sockets.ts';
import { renderEvent, renderFullState } from './v1-render.ts';

/** The way from the server to the client. */
export interface Link {
  send(frame: string): void;
  /** Ends it; with 1006 it is lost without a word. */
  close(code: number, reason: string): void;
}

/** What a test may want to know of a socket. */
export interface SocketView {
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The frames that came from the client; but for the first, each is a message to the agent. */
  readonly frames: readonly string[];
  /** How many frames the client was sent. */
  readonly sent: number;
  /** The number with which it ended; 1000 if the client left, `undefined` while it is open. */
  readonly closed: number | undefined;
}

/** What a socket is about. */
export interface Watched {
  readonly server: AgentServer;
  readonly id: string;
  readonly fault: FaultAnswer | undefined;
  readonly misuses: string[];
  /** Whether as many others watch the conversation as may. */
  readonly isFull: () => boolean;
}

interface Frame {
  readonly at: number;
  readonly text: string;
}

const AUTHENTICATION_MS = 10_000;
const HUGE_BYTES = 2 * 1024 * 1024;

/**
 * The server's end of a socket. Nothing in it runs by itself: `tick` brings it to the present.
 * Source: sockets.py in OpenHands/software-agent-sdk; seen with 1.58.2.
 */
export class EventSocket implements SocketView {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: string[] = [];
  readonly #link: Link;
  readonly #watched: Watched;
  readonly #openedAt: number;
  /** Those that are on their way. */
  readonly #outbox: Frame[] = [];
  #conversation: Conversation | undefined;
  /** How many of the conversation's events were told, or happened before. */
  #told = 0;
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

  /** Whether it is dead or dumb. */
  get #isSilent(): boolean {
    return this.#closed !== undefined || this.#watched.fault?.kind === 'silent';
  }

  /** Whether it was let in to watch the conversation of an id. */
  watches(id: string): boolean {
    return this.#closed === undefined && this.#conversation !== undefined && this.#watched.id === id;
  }

  /** A frame from the client. The first one says who it is; any other one sets the agent to work. */
  receive(text: string): void {
    this.frames.push(text);
    const { misuses, server } = this.#watched;
    if (this.frames.length > 1) misuses.push(`a frame after the first on ${this.target}`);
    if (this.#isSilent) return;
    if (this.#conversation === undefined) this.#letIn(text);
    else {
      const message = contentText(parseJson(text));
      this.#conversation.receive(this.#now, message, server.scope.store.scenarioFor(message));
    }
    this.tick();
  }

  /** The client has left. */
  leave(): void {
    this.#closed ??= 1000;
  }

  /** Sends what is due. */
  tick(): void {
    if (this.#isSilent) return;
    if (this.#conversation === undefined) {
      if (this.#now >= this.#openedAt + AUTHENTICATION_MS) this.#close(4001, 'Authentication failed');
      return;
    }
    const { server, id } = this.#watched;
    const conversation = server.scope.find(id);
    if (
      conversation === undefined ||
      isGone(conversation) ||
      (server.endsUnreachable && !conversation.isReachable)
    ) {
      this.#close(1012, '');
      return;
    }
    // A sandbox that is paused says nothing, and closes nothing.
    if (conversation.isReachable) this.#tell(conversation);
  }

  /** When something is due that nobody asks for, in simulated milliseconds since the epoch; `Infinity` if nothing is. */
  nextAt(): number {
    if (this.#isSilent) return Infinity;
    if (this.#conversation === undefined) return this.#openedAt + AUTHENTICATION_MS;
    const frameAt = this.#conversation.isReachable ? (this.#outbox[0]?.at ?? Infinity) : Infinity;
    return Math.min(this.#conversation.nextAt, frameAt);
  }

  #letIn(text: string): void {
    const { server, id, isFull } = this.#watched;
    const first = parseJson(text);
    const key = textOf(first, 'session_api_key') ?? '';
    const conversation = server.scope.find(id);
    if (textOf(first, 'type') !== 'auth' || !server.takes(key)) this.#close(4001, 'Authentication failed');
    else if (conversation === undefined) this.#close(4004, 'Conversation not found');
    else if (isFull()) this.#close(1013, 'Too many connections for this conversation');
    else this.#begin(conversation);
  }

  #begin(conversation: Conversation): void {
    this.#conversation = conversation;
    this.#told = conversation.events.length;
    this.#queue(renderFullState(conversation, this.#now), this.#now);
    const query = new URLSearchParams(this.target.split('?')[1] ?? '');
    const mode = query.get('resend_mode');
    const since = mode === 'since' ? query.get('after_timestamp') : null;
    if (mode !== 'all' && since === null) return;
    for (const event of conversation.events) if (event.at >= timeOf(since)) this.#queueEvent(event);
  }

  #tell(conversation: Conversation): void {
    for (const event of conversation.events.slice(this.#told)) {
      this.#queueEvent(event);
      const { happening, at } = event;
      // After each run, and after a pause, the whole state follows.
      if (happening.kind === 'agent-state' && happening.agent !== 'working')
        this.#queue(renderFullState(conversation, at), at);
    }
    this.#told = conversation.events.length;
    while (this.#closed === undefined && !this.#isSpent()) {
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
    const huge = fault?.kind === 'huge' && isFirst ? { ...event, padding: 'x'.repeat(HUGE_BYTES) } : event;
    const right = json(200, huge);
    const spoiled = fault === undefined ? undefined : spoil(fault, right);
    this.#outbox.push({ at: at + delay, text: String((spoiled ?? right).body) });
  }

  /** Closes it if a fault has it end after as many frames as were sent. */
  #isSpent(): boolean {
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

/** Whether the conversation, or the process that it lived in, is no more. */
function isGone({ situation: { box, agent } }: Conversation): boolean {
  return ['missing', 'archived', 'emptied'].includes(box) || agent === 'deleting';
}
