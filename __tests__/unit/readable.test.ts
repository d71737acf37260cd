import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { HOSTILE_ANSWER } from '../../simulator/texts.ts';
import { renderReadable } from '../../src/report/readable.ts';
import { hrefsIn, rendered, tagsIn, withoutCode } from '../support/rendered.ts';
import { processorSeconds } from '../support/work.ts';
import { hostileText } from './hostile-text.ts';

function show(markdown: string): string {
  return renderReadable(markdown, ({ origin }) => origin === 'https://github.com');
}

/** Returns the HTML within the frame. */
function inside(markdown: string): string {
  return show(markdown).slice('<div>\n'.length, -'\n</div>'.length);
}

describe('usual Markdown', () => {
  test.each([
    ['## One\n### Two', '<h4>One</h4>\n<h5>Two</h5>'],
    ['Words\n\n###### Six', '<p>Words</p>\n<h6>Six</h6>'],
    ['*a* **b** ~~c~~ `d`', '<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>'],
    ['3. a\n   - b', '<ol start="3">\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ol>'],
    ['> a', '<blockquote>\n<p>a</p>\n</blockquote>'],
    ['a\n\n---\n\nb', '<p>a</p>\n<hr>\n<p>b</p>'],
    ['a  \nb<br>c', '<p>a<br>\nb<br>\nc</p>'],
    ['```js\nlet a;\n\n<b>\n```', '<pre lang="js"><code>let a;&#10;&#10;&lt;b&gt;</code></pre>'],
    ['    code\n', '<pre><code>code</code></pre>'],
    [
      '|a|b|\n|-|-:|\n|`x`|y|',
      '<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n' +
        '<td><code>x</code></td>\n<td>y</td>\n</tr>\n</tbody>\n</table>',
    ],
    ['[here](https://github.com/a/b)', '<p><a href="https://github.com/a/b">here</a></p>'],
    [
      'See https://github.com/a/b/pull/1.',
      '<p>See <a href="https://github.com/a/b/pull/1">https://github.com/a/b/pull/1</a>.</p>',
    ],
    ['[x][1]\n\n[1]: https://github.com/a', '<p><a href="https://github.com/a">x</a></p>'],
  ])('%j is rendered', (markdown, html) => {
    expect(inside(markdown)).toBe(html);
  });
});

describe('active content', () => {
  test.each([
    ['a link to another site', '[here](https://evil.test/x)', '<p>here <code>https://evil.test/x</code></p>'],
    ['a script', '[here](javascript:alert)', '<p>here <code>javascript:alert</code></p>'],
    ['a bare address', 'See https://evil.test/x.', '<p>See <code>https://evil.test/x</code>.</p>'],
    ['an address without a scheme', '(www.evil.test)', '<p>(<code>www.evil.test</code>)</p>'],
    ['an image', '![a cat](https://evil.test/x.png)', '<p>a cat <code>https://evil.test/x.png</code></p>'],
    ['HTML in a line', 'a <img src="x"> b', '<p>a <code>&lt;img src=&quot;x&quot;&gt;</code> b</p>'],
    [
      'a block of HTML',
      '<div>\n@octocat\n</div>',
      '<pre lang="html"><code>&lt;div&gt;&#10;@octocat&#10;&lt;/div&gt;</code></pre>',
    ],
    ['a comment', '<!-- hidden -->', '<pre lang="html"><code>&lt;!-- hidden --&gt;</code></pre>'],
    ['a mention', 'Thanks, @octo-org/team!', '<p>Thanks, <code>@octo-org/team</code>!</p>'],
    ['an escaped mention', '\\@octocat &#64;octocat', '<p><code>@octocat</code> <code>@octocat</code></p>'],
    [
      'a mention of two parts',
      '@[octocat](https://evil.test)',
      '<p><code>@octocat</code> <code>https://evil.test</code></p>',
    ],
    ['a mention of a part that is a link', '@<octocat:x>', '<p><code>@octocat:x</code></p>'],
    ['a mention of a part that is an image', '![@](x)octocat', '<p>@ <code>x</code>octocat</p>'],
    [
      'references',
      'Fixes #1, a/b#2 and GH-3.',
      '<p>Fixes <code>#1</code>, <code>a/b#2</code> and <code>GH-3</code>.</p>',
    ],
    [
      'a commit',
      '0123456789abcdef0123456789abcdef01234567',
      '<p><code>0123456789abcdef0123456789abcdef01234567</code></p>',
    ],
    [
      'commits joined to other text',
      'commit:0123abc, x/0123abc…4567def and =0123abcd',
      '<p><code>commit:0123abc</code>, <code>x/0123abc…4567def</code> and <code>=0123abcd</code></p>',
    ],
    [
      'a formula',
      String.raw`$\phantom{secret text}$`,
      String.raw`<p><code>$\phantom{secret</code> <code>text}$</code></p>`,
    ],
    ['a drawing', '```mermaid\ngraph\n```', '<p><code>mermaid</code></p>\n<pre><code>graph</code></pre>'],
    ['an invisible character', 'a&#8203;b\u202ec', '<p>abc</p>'],
    [
      'a link that mentions a user',
      '<https://github.com/@octocat>',
      '<p><code>https://github.com/@octocat</code></p>',
    ],
  ])('%s is shown and has no effect', (_, markdown, html) => {
    expect(inside(markdown)).toBe(html);
  });
});

describe('text that a page would hide', () => {
  test.each([
    [
      'words after a language',
      '```js some "words"\nlet a;\n```',
      '<p><code>js some &quot;words&quot;</code></p>\n<pre><code>let a;</code></pre>',
    ],
    [
      'an invalid language',
      '~~~ $words$ x\na\n~~~',
      '<p><code>$words$ x</code></p>\n<pre><code>a</code></pre>',
    ],
    [
      'words after a drawing',
      '```mermaid words\na\n```',
      '<p><code>mermaid words</code></p>\n<pre><code>a</code></pre>',
    ],
  ])('%s is shown', (_, markdown, html) => {
    expect(inside(markdown)).toBe(html);
  });

  test.each([
    ['in a plain table', '', ''],
    ['in a quotation', '> ', ''],
    ['in two quotations', '> > ', ''],
    ['in a list', '- ', '  '],
    ['in a quotation in a list', '- > ', '  > '],
  ])('cells beyond the columns of the head are shown: %s', (_, first, others) => {
    const prefix = others === '' ? first : others;
    const rows = ['|-|-|', '|1|2|', '1 | 2 | @octocat |', '| 3 | 4\\|5 | a\\|b || c', '|6|'];
    const html = show([`${first}|a|b|`, ...rows.map((row) => prefix + row)].join('\n'));
    const cells = [...html.matchAll(/<t[dh]>(.*?)<\/t[dh]>/g)].map(([, cell]) => cell);
    const last = 'a|b |  | c';
    expect(cells).toEqual([
      'a',
      'b',
      '1',
      '2',
      '1',
      '2 | <code>@octocat</code>',
      '3',
      `4|5 | ${last}`,
      '6',
      '',
    ]);
  });

  test.each([98, 99, 100, 101, 5_000])('text nested %d levels deep is shown', (depth) => {
    for (const mark of ['>', '> ', '- ', '1. ']) {
      const html = rendered(`${show(`x\n\n${mark.repeat(depth)}words\n\nafter`)}\n\nAFTER`);
      expect(html).toContain('words');
      expect(html).toContain('after');
      expect(html).toContain('<p>AFTER</p>');
    }
  });
});

describe('any text', () => {
  const ALLOWED =
    /^<\/?(?:div|blockquote|p|h[1-6]|ul|ol|li|em|strong|s|code|pre|hr|br|table|thead|tbody|tr|th|td|a)>$|^<ol start="\d+">$|^<pre lang="[\w+#.-]+">$|^<a href="https:\/\/github\.com\/[^"<>]*">$/;
  const hostile = hostileText(
    ...['\n\n', '    ', '> ', '- ', '1. ', '# ', '|-|-|\n', '---', '*', '_', '~~', '^', '\\', '$', '$$', ':'],
    ...['[', ']', '(', ')', '](', '![', '[a]: https://evil.test\n', '[^1]', '[^1]: x\n', '<octocat:x>', '"'],
    ...['<', '<b>', '</b>', '<script>', '</blockquote>', '</code></pre>', '<details>', '<a href="x">', '<?'],
    ...['<![CDATA[', '&', '&#64;', '&lt;', '@', 'octocat', 'octo/repo#2', 'www.evil.test', 'mailto:a@b.c'],
    ...['https://evil.test/x', 'https://github.com/a/b', 'javascript:x', 'word'],
  );

  test('stays within its frame and has no effect', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = rendered(`BEFORE\n\n${show(text)}\n\nAFTER`);
        expect(html.startsWith('<p>BEFORE</p>\n<div>')).toBe(true);
        expect(html).toMatch(/<\/div>\s*<p>AFTER<\/p>\s*$/);
        expect(tagsIn(html).filter((tag) => !ALLOWED.test(tag))).toEqual([]);
        expect(unbalanced(html)).toEqual([]);
        expect(hrefsIn(html).filter((href) => !href.startsWith('https://github.com/'))).toEqual([]);
        const outside = withoutCode(html);
        expect(outside).not.toMatch(/@\w/);
        expect(outside).not.toMatch(/#\d/);
        expect(outside).not.toContain('$');
        expect(outside.replace(/<a\b[^]*?<\/a>/g, '')).not.toMatch(/:\/\/|www\./);
      }),
      { numRuns: 2_000 },
    );
  }, 60_000);

  test('of an attack with everything at once is shown', () => {
    const html = rendered(`${show(HOSTILE_ANSWER)}\n\nAFTER`);
    expect(html).toContain('<p>AFTER</p>');
    expect(withoutCode(html)).not.toMatch(/@\w|tracker|<img|<script/);
    expect(html).toContain('hidden from people');
  });

  test.each([
    ['brackets', '['],
    ['images', '!['],
    ['quotes', '> '],
    ['emphasis', '*a '],
    ['back-ticks', '`` ` '],
    ['comments', 'a <!-- '],
    ['words', 'word '],
    ['characters without a space', 'x'],
  ])('of repeated %s takes seconds at most', (_, part) => {
    let html = '';
    const seconds = processorSeconds(() => {
      html = show(part.repeat(262_144 / part.length));
    });
    expect(html.length).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(15);
  });
});

/** Returns the tags that are closed before they are opened, or never closed. */
function unbalanced(html: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const tag of tagsIn(html)) {
    const [, slash, name = ''] = /^<(\/?)(\w+)/.exec(tag) ?? [];
    if (name === 'br' || name === 'hr') continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) wrong.push(tag);
  }
  return [...wrong, ...open];
}
