/** Prints the sizes of the project's parts and of its built files: `npm run sizes`. */
import { printSizes } from './built.ts';
import { importsUp, PARTS, sizeOf, wordsOfPages } from './parts.ts';

for (const part of PARTS) {
  const { lines, files } = sizeOf(part);
  console.log(`${part}: ${lines} lines in ${files} files`);
}
console.log(`imports that run up: ${importsUp().length}`);
console.log(`words of the pages for users: ${wordsOfPages('{README,docs/*}.md')}`);
console.log(`words of the README: ${wordsOfPages('README.md')}`);
printSizes();
