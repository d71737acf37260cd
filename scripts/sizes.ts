/** Prints how large the parts of the project are, and its built files: `npm run sizes`. */
import { printSizes } from './built.ts';
import { importsUp, importsWithin, PARTS, sizeOf, wordsOfPages } from './parts.ts';

for (const part of PARTS) {
  const { lines, files, longest } = sizeOf(part);
  console.log(`${part}: ${lines} lines in ${files} files, the longest has ${longest}`);
}
console.log(`imports between the files of src/conversation: ${importsWithin('src/conversation')}`);
console.log(`imports that run up: ${importsUp().length}`);
console.log(`words of the pages for users: ${wordsOfPages('{README,docs/*}.md')}`);
console.log(`words of the README: ${wordsOfPages('README.md')}`);
printSizes();
