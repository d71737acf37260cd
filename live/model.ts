import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { REVIEW_ANSWER } from '../simulator/github/review-story.ts';
import { isRecord, parseJson } from '../simulator/json.ts';
import { listen } from './listen.ts';
import { COMMANDS, type Planned, planOf } from './planning.ts';
import { inSmallContext, type Refusal } from './small-context.ts';

/**
 * A language model that follows a script: a server with OpenAI's API for chat completions, whole and streamed.
 *
 * The last line `script: NAME` or `script: NAME NUMBER` in the user's messages names the script:
 *
 * - `finish` (also if there is none): a command, then the finish tool with an answer, which says that it is done if that is asked;
 * - `message`: a plain message;
 * - `sum`: an answer as JSON with a word for a number, and once it is corrected, with the number;
 * - `lineless`: a plain message without the line that is asked for, and once that is asked for again, with it;
 * - `look`: a plain message that says which pictures it got with all messages;
 * - `blinded`, `unreadable`: the model refuses all pictures, or the ones that it got, as some providers do; else as `look`;
 * - `review`: findings about the pull request of the simulated GitHub;
 * - `replies`: a plain message with a reply for each thread of a review that it was told of;
 * - `changes`: a command that runs the script next to its folder, which has the folder's name and `.sh`, then the finish tool;
 * - `run`: a command that runs `run.sh` of its folder, then the finish tool;
 * - `plan`: a plan of three tasks, a command of a second, twice or as often as the number says, the plan with the first task done, a look
 *   at it, the plan with all done, then the finish tool;
 * - `abandon`: the same, but the model refuses the key before all are done;
 * - `long`: a command of a second, sixty times or as often as the number says, then the finish tool;
 * - `tool`: a tool that does not exist, then the finish tool; `tools`: that tool again and again;
 * - `fail`: the model refuses the key;
 * - `forgets`, `condenses`: the model refuses the prompt as too long until the server has had it summarized. Then it says a plain message,
 *   as if there were no task, or it does the task;
 * - `full`: the model refuses each prompt as too long; `cramped`: each summary, too.
 */
export interface Model {
  /** The address for `base_url` in the server's settings. */
  readonly url: string;
  /**
   * Returns the number of answers to agents, without titles: all, or those asked for by this name of the model, or those for the
   * conversation with this id (V1 only; without dashes).
   */
  readonly turns: (whose?: string) => number;
  /** Answers no agent that asks for this name of the model, until the returned function is called. */
  readonly hold: (name: string) => () => void;
  /** Returns how many agents wait for an answer of the model with this name. */
  readonly waiting: (name: string) => number;
  /** Returns the time of the last answer, by `performance.now()`. */
  readonly lastTurnAt: () => number;
  readonly close: () => Promise<void>;
}

/** The name of the model, for the settings of the servers. */
export const MODEL = 'openai/scripted';
export const FINISH_ANSWER = 'All **done**: hello.txt says hello.';
export const CHANGED_ANSWER = 'I made the requested changes.';
export const PLAIN_ANSWER = '2 + 2 is 4.';
const WRONG_SUM = '{"sum": "four"}';
export const RIGHT_SUM = '{"sum": 4}';
export const REFUSAL = 'no credit is left';
export const TITLE = 'Scripted title';

/** As a provider refuses what its model cannot take. Source: OpenAI's and vLLM's answers for models without vision. */
const NO_PICTURES = {
  status: 400,
  message: 'Invalid content type. image_url is only supported by certain models.',
  code: 'invalid_type',
  afterMs: 0,
} as const;

/** As a provider refuses a picture that it cannot read. Source: OpenAI's answers. */
const BAD_PICTURE = {
  ...NO_PICTURES,
  message:
    'The image data you provided does not represent a valid image. Please check your input and try again.',
  code: 'image_parse_error',
} as const;

const REFUSED: Refusal = { status: 401, message: REFUSAL, code: 'invalid_api_key', afterMs: 0 };

const LONG_STEPS = 60;
const SCRIPT = /^script: ([a-z]+)\b(?: (\d+))?/gm;
/** The folder of a conversation with V1, which agents are told (`workspace` in launch.py). */
const FOLDER = /openhands-sandboxes\/([0-9a-f]{32})/;

interface Message {
  readonly role: 'assistant';
  readonly content: string | null;
  readonly tool_calls?: readonly object[];
}

function textOf(message: unknown): string {
  if (!isRecord(message)) return '';
  const { content } = message;
  if (typeof content === 'string') return content;
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  return parts
    .map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}

function roleOf(message: unknown): unknown {
  return isRecord(message) ? message['role'] : undefined;
}

function listIn(body: unknown, name: string): readonly unknown[] {
  const list: unknown = isRecord(body) ? body[name] : undefined;
  return Array.isArray(list) ? list : [];
}

function toolNames(body: unknown): readonly string[] {
  return listIn(body, 'tools').flatMap((tool) => {
    const inner = isRecord(tool) ? tool['function'] : undefined;
    return isRecord(inner) && typeof inner['name'] === 'string' ? [inner['name']] : [];
  });
}

function scriptOf(messages: readonly unknown[]): { readonly script: string; readonly steps: number } {
  const said = messages.filter((message) => roleOf(message) === 'user').map(textOf);
  const [, script = 'finish', steps] = [...said.join('\n').matchAll(SCRIPT)].at(-1) ?? [];
  return { script, steps: Number(steps ?? (script === 'long' ? LONG_STEPS : COMMANDS)) };
}

function say(content: string): Message {
  return { role: 'assistant', content };
}

function call(name: string, args: object): Message {
  const id = `call_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  return {
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(args) } }],
  };
}

function run(tools: readonly string[], command: string, summary: string): Message {
  const terminal = tools.find((name) => /terminal|bash/.test(name)) ?? 'terminal';
  return call(terminal, { command, summary, security_risk: 'LOW' });
}

/** Counts slowly: a command of a second. */
function count(tools: readonly string[], number: number): Message {
  return run(tools, `sleep 1; echo ${number}`, `Count to ${number} slowly`);
}

function callPlanned(planned: Planned, tools: readonly string[]): Message {
  if (planned.kind === 'command') return count(tools, planned.number);
  const { kind, ...args } = planned;
  return call(kind, args);
}

/** The scripts that only send a message. */
const SAID: Readonly<Record<string, (messages: readonly unknown[]) => string>> = {
  message: () => PLAIN_ANSWER,
  lineless: (messages) => (isCorrected(messages) ? `${PLAIN_ANSWER}\n\nResult: done` : PLAIN_ANSWER),
  look: describePictures,
  blinded: describePictures,
  unreadable: describePictures,
  review: () => REVIEW_ANSWER,
  replies: replyInThreads,
  sum: (messages) => (isCorrected(messages) ? RIGHT_SUM : WRONG_SUM),
};

/** Returns an answer with a reply for each thread in the newest message of the user. */
function replyInThreads(messages: readonly unknown[]): string {
  const asked = textOf(messages.findLast((message) => roleOf(message) === 'user'));
  const threads = asked.matchAll(/^\{"thread":(\d+),.*"line":(\d+),/gm);
  const replies = [...threads].map(([, id, line]) => ({
    thread: Number(id),
    text: `I changed line ${line}.`,
  }));
  return `${CHANGED_ANSWER}\n\n\`\`\`json\n${JSON.stringify({ replies })}\n\`\`\``;
}

/** Returns the types and digests of the pictures in messages. */
function describePictures(messages: readonly unknown[]): string {
  const got = picturesIn(messages).map((url) => {
    const [, type = 'no data', data = ''] = /^data:([^;]+);base64,(.*)$/s.exec(url) ?? [];
    return `${type} ${digestOf(Buffer.from(data, 'base64'))}`;
  });
  return `Pictures: ${got.length === 0 ? 'none' : got.join(', ')}`;
}

/** Returns the addresses of the pictures in messages. */
function picturesIn(messages: readonly unknown[]): readonly string[] {
  return messages
    .flatMap((message) => listIn(message, 'content'))
    .flatMap((part) => {
      const image = isRecord(part) ? part['image_url'] : undefined;
      return isRecord(image) && typeof image['url'] === 'string' ? [image['url']] : [];
    });
}

/** Returns a short name for the bytes of a picture. */
export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12);
}

/** Whether the user sent a message after an answer. */
function isCorrected(messages: readonly unknown[]): boolean {
  const answered = messages.findIndex((message) => roleOf(message) === 'assistant');
  return answered >= 0 && messages.slice(answered).some((message) => roleOf(message) === 'user');
}

/** Returns the next message of the script, or why the model refuses the prompt. */
function next(body: unknown): Message | Refusal {
  const messages = listIn(body, 'messages');
  const tools = toolNames(body);
  const { script, steps } = scriptOf(messages);
  if (script === 'fail') return REFUSED;
  if (script === 'blinded' && picturesIn(messages).length > 0) return NO_PICTURES;
  if (script === 'unreadable' && picturesIn(messages).length > 0) return BAD_PICTURE;
  const cramped = inSmallContext(messages.map(textOf).join('\n'), script, tools.length > 0);
  if (cramped !== undefined) return typeof cramped === 'string' ? say(cramped) : cramped;
  return tools.length === 0 ? say(TITLE) : nextOfAgent(messages, tools, { script, steps });
}

function nextOfAgent(
  messages: readonly unknown[],
  tools: readonly string[],
  { script, steps }: ReturnType<typeof scriptOf>,
): Message | Refusal {
  const said = SAID[script];
  if (said !== undefined) return say(said(messages));
  if (script === 'tools') return call('no_such_tool', { summary: 'Use what is not there' });
  const asked = messages.findLastIndex((message) => roleOf(message) === 'user');
  const step = messages.slice(asked).filter((message) => roleOf(message) === 'assistant').length;
  const plans = script === 'plan' || script === 'abandon';
  const planned = plans ? planOf(step, steps, script === 'abandon') : undefined;
  if (planned !== undefined) return callPlanned(planned, tools);
  if (script === 'abandon') return REFUSED;
  if (script === 'long' && step < steps) return count(tools, step);
  if (step > 0) {
    const message = textOf(messages[asked]).includes('`Result: done`')
      ? `${FINISH_ANSWER}\n\nResult: done`
      : FINISH_ANSWER;
    return call('finish', { message, summary: 'Finish the task', security_risk: 'LOW' });
  }
  if (script === 'tool') return call('no_such_tool', { summary: 'Use what is not there' });
  if (script === 'changes') return run(tools, 'sh "$PWD.sh"', 'Do what the script says');
  if (script === 'run') return run(tools, 'sh run.sh', 'Do what the script says');
  return run(tools, 'echo hello > hello.txt && cat hello.txt', 'Write a greeting');
}

const USAGE = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };

function stream(response: ServerResponse, base: object, message: Message): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (choices: readonly object[], more: object = {}): void => {
    response.write(
      `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices, ...more })}\n\n`,
    );
  };
  const calls = message.tool_calls?.map((each, index) => ({ index, ...each }));
  const delta = { ...message, ...(calls && { tool_calls: calls }) };
  send([{ index: 0, delta, finish_reason: null }]);
  send([{ index: 0, delta: {}, finish_reason: calls === undefined ? 'stop' : 'tool_calls' }]);
  send([], { usage: USAGE });
  response.end('data: [DONE]\n\n');
}

function whole(response: ServerResponse, base: object, message: Message): void {
  const finish_reason = message.tool_calls === undefined ? 'stop' : 'tool_calls';
  json(response, 200, {
    ...base,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason }],
    usage: USAGE,
  });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  onTurn: (asked: string, response: ServerResponse) => Promise<void>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  if (request.url?.endsWith('/chat/completions') !== true) {
    json(response, 200, { object: 'list', data: [] });
    return;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const body = parseJson(text);
  const model: unknown = isRecord(body) ? body['model'] : '';
  if (toolNames(body).length > 0) await onTurn([model, FOLDER.exec(text)?.[1]].join(' '), response);
  const message = next(body);
  if ('status' in message) {
    const { status, afterMs, ...refusal } = message;
    await delay(afterMs);
    json(response, status, { error: { ...refusal, type: 'invalid_request_error' } });
    return;
  }
  const base = { id: randomUUID(), created: Math.floor(Date.now() / 1000), model };
  const streamed = isRecord(body) && body['stream'] === true;
  (streamed ? stream : whole)(response, base, message);
}

/** Returns the model's name of what an agent asked. */
function nameIn(asked: string): string {
  return asked.split(' ')[0] ?? '';
}

/** Starts the model on a port of the loopback address, by default any free one. */
export async function startModel(wanted = 0): Promise<Model> {
  const turns: string[] = [];
  let lastTurnAt = Number.NaN;
  const unanswered: string[] = [];
  const held = new Map<string, Promise<undefined>>();
  const onTurn = async (asked: string, response: ServerResponse): Promise<void> => {
    turns.push(asked);
    lastTurnAt = performance.now();
    unanswered.push(asked);
    response.once('close', () => void unanswered.splice(unanswered.indexOf(asked), 1));
    await held.get(nameIn(asked));
  };
  const server = createServer((request, response) => {
    answer(request, response, onTurn).catch(() => response.destroy());
  });
  const { port, close } = await listen(server, wanted);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    turns: (whose = '') => turns.filter((asked) => asked.includes(whose)).length,
    hold: (name) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      held.set(name, promise);
      return () => {
        held.delete(name);
        resolve(undefined);
      };
    },
    waiting: (name) => unanswered.filter((asked) => nameIn(asked) === name).length,
    lastTurnAt: () => lastTurnAt,
    close,
  };
}
