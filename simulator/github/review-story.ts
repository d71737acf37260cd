import type { SimulatedFile } from './pulls.ts';
import { FIRST_THREAD_ID } from './store.ts';

/** The files that a simulated pull request changes. */
export const CHANGED_FILES: readonly SimulatedFile[] = [
  {
    filename: 'src/server.js',
    patch: `@@ -1,7 +1,9 @@
 import { createServer } from 'node:http';
 
-const port = 8080;
+const port = process.env.PORT ?? 3000;
 
 createServer((request, response) => {
-  response.end('Hello');
+  const name = request.url.slice(1);
+  response.setHeader('content-type', 'text/html');
+  response.end(\`Hello \${name}\`);
 }).listen(port);`,
  },
  {
    filename: 'README.md',
    patch: `@@ -29,3 +29,3 @@ ## Run it
 
-It listens on port 8080.
+It listens on port 3000, or on \`PORT\`.
 `,
  },
];

const FINDINGS = {
  summary: 'It greets by name now, and its port can be chosen. One thing must change first.',
  findings: [
    {
      path: 'package.json',
      line: 7,
      severity: 'note',
      text: 'The script `start` still sets `PORT=8080`, so the new default is never used.',
    },
    {
      path: 'src/server.js',
      line: 8,
      start_line: 6,
      severity: 'error',
      text: 'The name comes from the address and goes into the page as it is: a link can run a script there. Send it as `text/plain`.',
    },
    {
      path: 'src/server.js',
      line: 3,
      severity: 'warning',
      text: '`PORT` is a text: with `PORT=abc` nobody reaches the server. Convert and check it.',
    },
  ],
};

/** The answer of an agent that reviews {@link CHANGED_FILES}. */
export const REVIEW_ANSWER = JSON.stringify(FINDINGS, null, 2);

/** The same pull request after another push. */
export const CHANGED_AGAIN: readonly SimulatedFile[] = [
  {
    filename: 'src/server.js',
    patch: `@@ -1,7 +1,10 @@
 import { createServer } from 'node:http';
 
-const port = 8080;
+const port = Number(process.env.PORT ?? 3000);
+if (!(port > 0)) throw new Error('PORT is not a port');
 
 createServer((request, response) => {
-  response.end('Hello');
+  const name = decodeURIComponent(request.url.slice(1));
+  response.setHeader('content-type', 'text/html');
+  response.end(\`Hello \${name}\`);
 }).listen(port);`,
  },
];

const FINDINGS_AGAIN = {
  summary: 'The port is checked now. The name still goes into the page as it is.',
  findings: [
    {
      path: 'src/server.js',
      line: 7,
      severity: 'error',
      text: 'A request for `/%` throws a `URIError` here, which nobody catches: the server ends. Answer 400 instead.',
    },
  ],
  // The newest thread has the number 1: it is about the port.
  still_open: [2],
};

/** The answer of an agent that reviews {@link CHANGED_AGAIN}, and was told of the findings of {@link REVIEW_ANSWER}. */
export const SECOND_REVIEW_ANSWER = JSON.stringify(FINDINGS_AGAIN, null, 2);

/** The comments on lines of a review that requests changes of {@link CHANGED_FILES}. Each begins a thread. */
export const FEEDBACK = [
  { path: 'src/server.js', originalLine: 3, body: 'With `PORT=abc` nobody reaches the server.' },
  { path: 'README.md', originalLine: 31, body: 'Please also name the default in the first sentence.' },
] as const;

const REPLIES = {
  replies: [
    { thread: FIRST_THREAD_ID, text: '`PORT` is converted and checked now: `PORT=abc` ends with an error.' },
    { thread: FIRST_THREAD_ID + 1, text: 'Not changed: the first sentence names it already.' },
  ],
};

/** The answer of an agent that has made the changes, and was told of the threads of {@link FEEDBACK}. */
export const REPLIES_ANSWER = `The port is checked now.

\`\`\`json
${JSON.stringify(REPLIES, null, 2)}
\`\`\`

Result: done`;
