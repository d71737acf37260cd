import { createHash } from 'node:crypto';

import { textOf } from './body-checks.ts';
import type { AgentServerVariant } from './canvas.ts';
import type { Conversation } from './conversation.ts';
import { type Call, json, refuse, type Reply } from './reply.ts';
import type { Scope } from './store.ts';

const ARCHIVE = '/api/file/archive';
const CHANGES = '/api/git/changes';
/** The git refs that resolve in a repository with a single commit. */
const KNOWN_REFS = /^(?:HEAD|HEAD@\{\d{9,}\}|origin\/\S+)$/;

/** Returns the folder in which the agent of a conversation works. */
export function folderOf({ order }: Conversation): string {
  return textOf(order.request, 'workspace', 'working_dir') ?? '/workspace/project';
}

/** Whether a path is one that returns the changes of agents. */
export function isAboutChanges(path: string): boolean {
  return path === ARCHIVE || path === CHANGES;
}

/**
 * Answers with the changes in a folder: every file that an agent has written, as a new file. By default every folder is a
 * repository with one commit. Source: file_router.py and git_router.py in OpenHands/software-agent-sdk; seen with 1.58.2.
 */
export function answerAboutChanges(
  { query }: Call,
  path: string,
  scope: Scope,
  state: AgentServerVariant['folder'] = 'repository',
): Reply {
  if (state !== 'repository') return withoutCommit(path, state);
  const folder = query.get('path') ?? '';
  const ref = query.get(path === ARCHIVE ? 'base_ref' : 'ref') ?? 'HEAD';
  const { commit } = scope.store;
  if (ref !== commit && !KNOWN_REFS.test(ref))
    return refuse(400, `base_ref ${JSON.stringify(ref)} could not be resolved`);
  const isAll = query.getAll('exclude').includes('*');
  const files = isAll ? [] : [...filesIn(folder, scope)];
  if (path === CHANGES)
    return json(
      200,
      files.map(([name]) => ({ status: 'ADDED', path: name })),
    );
  return {
    status: 200,
    type: 'text/x-patch; charset=utf-8',
    headers: {
      'x-archive-base-commit': commit,
      'x-archive-base-ref': ref,
      'x-archive-head-commit': commit,
      'content-disposition': 'attachment; filename="project.patch"',
    },
    body: files.map(([name, text]) => newFile(name, text)).join(''),
  };
}

/** Answers about a folder without files: an empty repository without a commit, or none. Seen with 1.49.1 and 1.58.2. */
function withoutCommit(path: string, state: 'missing' | 'empty'): Reply {
  if (path === CHANGES) return json(200, []);
  if (state === 'missing') return refuse(404, 'Directory not found');
  return {
    status: 200,
    type: 'text/x-patch; charset=utf-8',
    headers: { 'x-archive-base-ref': 'HEAD' },
    body: '',
  };
}

function filesIn(folder: string, { store, find }: Scope): ReadonlyMap<string, string> {
  const there = store
    .all()
    .filter((each) => find(each.names.id) === each && folderOf(each) === folder)
    .flatMap(({ events }) => events);
  return new Map(
    there.flatMap(({ happening }) =>
      happening.kind === 'edit'
        ? [[happening.path.replace(/^\/workspace\//, ''), happening.text] as const]
        : [],
    ),
  );
}

/** Returns the patch that creates a file. */
function newFile(name: string, text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const hash = createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
  return [
    `diff --git a/${name} b/${name}`,
    'new file mode 100644',
    `index 0000000..${hash.slice(0, 7)}`,
    '--- /dev/null',
    `+++ b/${name}`,
    `@@ -0,0 +1${lines.length === 1 ? '' : `,${lines.length}`} @@`,
    ...lines.map((line) => `+${line}`),
    ...(text.endsWith('\n') ? [''] : ['\\ No newline at end of file', '']),
  ].join('\n');
}
