import type { SimulatedFile } from './pulls.ts';

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
