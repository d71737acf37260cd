import { describe, expect, test } from '@jest/globals';

import { type CheckedAnswer, extractAndValidate, lastJsonIn } from '../../src/schema/schema.ts';
import { problemsOf, validateInWorker } from '../../src/schema/schema-worker.ts';

describe('the JSON at the end of an answer', () => {
  test.each([
    ['{"a": 1}', { a: 1 }],
    ['  null\n', null],
    ['Done.\n\n```json\n{"a": 1}\n```\n', { a: 1 }],
    ['```\n1\n```\nand\n~~~~\n2\n~~~~\nAll done.', 2],
    ['```json\n{"text": "```"}\n```', { text: '```' }],
    ['```\n{"a": 1}\n  ``` \nand\n```\n2\n    ```', { a: 1 }],
  ])('is found in %j', (answer, value) => {
    expect(lastJsonIn(answer)).toEqual({ value });
  });

  test.each(['', 'All done.', '```json\n{"a": 1\n```', '```json\n{"a": 1}'])(
    'is not found in %j',
    (answer) => {
      expect(lastJsonIn(answer)).toBeUndefined();
    },
  );
});

describe('the check of an answer', () => {
  const fit = async (schema: object, answer: string): Promise<CheckedAnswer> =>
    extractAndValidate(JSON.stringify(schema), answer, {
      validate: async (text, json) => Promise.resolve(problemsOf(text, json)),
      redact: (text) => text.replaceAll('hunter2', '***'),
    });

  test('returns the JSON in one line, without secrets', async () => {
    expect(await fit({ type: 'object' }, '{\n "a": "is hunter2"\n}')).toEqual({ json: '{"a":"is ***"}' });
  });

  test('applies no defaults and no conversions', async () => {
    const schema = { properties: { n: { type: 'number', default: 1 }, m: { default: 2 } } };
    expect(await fit(schema, '{"n": "1"}')).toEqual({ problems: ['/n must be number'] });
    expect(await fit(schema, '{"n": 1}')).toEqual({ json: '{"n":1}' });
  });

  test('returns three reasons at most', async () => {
    const schema = { type: 'object', required: ['a', 'b', 'c', 'd'], additionalProperties: false };
    expect(await fit(schema, '{"x": 1}')).toEqual({
      problems: [
        "the value must have required property 'a'",
        "the value must have required property 'b'",
        "the value must have required property 'c'",
      ],
    });
  });

  test('looks only at own properties', async () => {
    expect(await fit({ required: ['toString'] }, '{}')).toEqual({
      problems: ["the value must have required property 'toString'"],
    });
    expect(await fit({ properties: { constructor: { type: 'string' } } }, '{}')).toEqual({ json: '{}' });
  });

  test('rejects asynchronous schemas', async () => {
    expect(await fit({ $async: true, type: 'string' }, '{}')).toEqual({ problems: ['it is asynchronous'] });
  });

  test.each([
    '{"properties": {"__proto__": {"type": "string"}}}',
    '{"properties": {"a": {"items": {"\\u005f_proto__": {}}}}}',
    '{"required": ["__proto__"]}',
  ])('rejects a schema that names __proto__: %s', (schema) => {
    expect(problemsOf(schema)).toEqual(['it names __proto__, which cannot be checked']);
  });

  test('says which word of a schema is wrong, and where', () => {
    expect(problemsOf('{"properties": {"a/b": {"type": "strng"}}}')[0]).toMatch(
      /^\/properties\/a~1b\/type must be .*string.* \(it is "strng"\)$/,
    );
  });

  test.each([
    ['{"requried": ["a"]}', 'requried', 'required'],
    ['{"properties": {"a": {"tpye": "string"}}}', 'tpye', 'type'],
    ['{"properties": {"a": {"items": {"emun": [1]}}}}', 'emun', 'enum'],
    [
      '{"anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"type": "string", "maxlength": 3}}}',
      'maxlength',
      'maxLength',
    ],
    ['{"additional_properties": false}', 'additional_properties', 'additionalProperties'],
    ['{"ref": "#/$defs/a", "$defs": {"a": {}}}', 'ref', '$ref'],
    ['{"item": {}}', 'item', 'items'],
  ])('tells the misspelled word of %s', (schema, wrong, right) => {
    expect(problemsOf(schema)).toEqual([`it has "${wrong}": write "${right}"`]);
  });

  test.each([
    '{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.com/a", "$comment": "a"}',
    '{"title": "a", "description": "a", "default": 1, "examples": [1], "deprecated": true, "readOnly": true}',
    '{"x-requried": true, "x-type": "a", "example": 1, "type": "object", "nullable": true, "discriminator": {"propertyName": "a"}}',
    '{"comment": "for people", "properties": {"a": {"type": "string", "comments": ["for people"]}}}',
    '{"properties": {"requried": {"type": "string"}, "tpye": {}, "item": {}, "ref": {}}}',
    '{"enum": [{"requried": 1}], "const": {"tpye": 1}, "default": {"item": 1}, "examples": [{"requried": 1}]}',
    '{"format": "a-format-of-mine", "contentMediaType": "text/plain", "contentEncoding": "base64"}',
    '{"patternProperties": {"^requried$": {}}, "$defs": {"tpye": {}}, "definitions": {"item": {}}}',
    '{"dependentRequired": {"requried": ["tpye"]}, "dependentSchemas": {"item": {}}}',
    '{"propertyOrdering": ["a"], "enumNames": ["a"], "markdownDescription": "a", "note": "a", "errorMessage": "a"}',
    '{"additionalItems": false, "$anchor": "a", "$vocabulary": {}}',
    'true',
  ])('takes a schema with words that only say something, and with any names of properties: %s', (schema) => {
    expect(problemsOf(schema)).toEqual([]);
  });

  test.each(['9007199254740993', '{"a": [-12345678901234567890]}', '1e400'])(
    'rejects %s, a number that may lose digits',
    async (answer) => {
      expect(await fit({}, answer)).toEqual({
        problems: ['a number above 2^53 may lose digits: write it as a string'],
      });
    },
  );

  test('keeps the largest number that is exact', async () => {
    expect(await fit({}, '[9007199254740991, -0.5]')).toEqual({ json: '[9007199254740991,-0.5]' });
  });

  test('rejects an answer that is nested too deeply to write', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    expect(await fit({}, deep)).toEqual({ problems: ['it is nested too deeply'] });
  });

  test('returns readable reasons', () => {
    const schema = { enum: Array.from({ length: 3_000 }, (_, index) => `word ${index}`) };
    const problems = problemsOf(JSON.stringify(schema), '1');
    expect(Math.max(...problems.map(({ length }) => length))).toBeLessThanOrEqual(300);
  });

  test('rejects an answer longer than an output', async () => {
    expect(await fit({}, JSON.stringify('x'.repeat(96 * 1024)))).toEqual({
      problems: ['it is larger than 96 KiB'],
    });
  });
});

describe('a worker thread', () => {
  test('validates an answer', async () => {
    expect(await validateInWorker('{"type": "string"}', '1')).toEqual(['the value must be string']);
    expect(await validateInWorker('{"type": "string"}', '"a"')).toEqual([]);
    expect(await validateInWorker('{"type": "thing"}')).toHaveLength(1);
  });

  test('is ended if a pattern takes too long', async () => {
    const schema = JSON.stringify({ pattern: '^(a+)+$' });
    expect(await validateInWorker(schema, JSON.stringify(`${'a'.repeat(64)}!`), 100)).toEqual([
      'it takes longer than 0.1 s to check',
    ]);
  });
});
