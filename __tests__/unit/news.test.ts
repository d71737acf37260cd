import { describe, expect, test } from '@jest/globals';

import { KNOWN, newIn } from '../../live/news.ts';

/** A published description whose start request has these fields, some of them marked as deprecated. */
function describing(path: string, fields: readonly string[], deprecated: readonly string[] = []): object {
  const properties = Object.fromEntries([
    ...fields.map((name) => [name, { type: 'string' }] as const),
    ...deprecated.map((name) => [name, { type: 'string', deprecated: true }] as const),
  ]);
  const schema = { $ref: '#/components/schemas/StartRequest-Input' };
  return {
    paths: { [path]: { post: { requestBody: { content: { 'application/json': { schema } } } } } },
    components: { schemas: { 'StartRequest-Input': { properties }, Other: { properties: { other: {} } } } },
  };
}

describe.each(Object.entries(KNOWN))('what is new of %s', (_, known) => {
  const { path, fields, sent, capabilities } = known;

  test('is nothing if the server has what is known, or less', () => {
    expect(newIn(known, describing(path, fields), { capabilities: [...capabilities] })).toEqual([]);
    expect(newIn(known, describing(path, sent), { uptime: 1 })).toEqual([]);
  });

  test('is a field that the action sends, and that is gone or deprecated', () => {
    const [gone = '', deprecated = '', ...others] = sent;
    const description = describing(path, [...others, 'agent_profile'], [deprecated]);
    expect(newIn(known, description, undefined)).toEqual([
      'the start request has agent_profile',
      `the start request lacks ${gone}`,
      `the start request has ${deprecated} as deprecated`,
    ]);
  });

  test('is a field of the start request and a capability that are not known', () => {
    const description = describing(path, [...fields, 'max_budget_usd']);
    expect(newIn(known, description, { capabilities: [...capabilities, 'budget_v1'] })).toEqual([
      'the start request has max_budget_usd',
      'the server has the capability budget_v1',
    ]);
  });

  test('is that the server does not describe the start request', () => {
    for (const description of [undefined, {}, describing('/api/v9/conversations', fields)])
      expect(newIn(known, description, undefined)).toEqual(['the start request is not described']);
  });
});
