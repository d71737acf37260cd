import { describe, expect, test } from '@jest/globals';

import { ANIMATED_GIF, GIF, JPEG, PNG } from '../../simulator/github/picture-files.ts';
import { refusedAt, SEES_NONE, worksThen } from '../../simulator/server/scenario-parts.ts';
import { logOf } from '../../testbed/steps.ts';
import { contentsSent, dataOf, idOf, openPictures, shot, TEMPLATE } from '../support/pictures.ts';

describe('the pictures of an issue', () => {
  const AGENT_SERVER = {
    'api-version': 'agent-server',
    model: 'a/model',
    'llm-api-key': 'sk-llm-tests',
    'working-directory': '/srv',
  };

  test.each([
    ['V1', 'v1', {}],
    ['an agent server', 'agent-server', AGENT_SERVER],
  ] as const)('go with the message to %s', async (_, api, inputs) => {
    const { steps, github, step } = await openPictures(
      `See ${shot(1)}`,
      { [idOf(1)]: PNG },
      { simulator: { api } },
    );
    const run = await step(inputs);
    expect(run.outcome.status).toBe('finished');
    const [{ text, images } = { text: '', images: [] }] = contentsSent(steps);
    expect(images).toEqual([dataOf(PNG)]);
    expect(text).toMatch(
      /1 picture comes with this message:\n- 1 picture of github\.event\.issue\.body \(0a1b2c3d-0000-4000-8000-000000000001\), as untrusted as that text/,
    );
    expect(logOf(run)).toContain('The message has 1 picture');
    expect(run.runner.page()).toContain('Sent: 1 picture');
    const [asked] = github.pictures;
    expect(asked?.headers).not.toHaveProperty('authorization');
    const told =
      logOf(run) +
      run.runner.page() +
      JSON.stringify(run.runner.outputs) +
      JSON.stringify(run.runner.savedState());
    expect(told).not.toMatch(/jwt|base64,|private-user-images/);
  });

  test('are read by an `<img>`, too, once each, and in their order', async () => {
    const html = `<img width="3" src="https://github.com/user-attachments/assets/${idOf(2)}">`;
    const bytes = [1, 2].map((number) => Buffer.concat([PNG, Buffer.of(number)]));
    const { steps, step } = await openPictures(`${html} ${shot(1)} ${shot(2)}`, {
      [idOf(1)]: bytes[0] ?? PNG,
      [idOf(2)]: bytes[1] ?? PNG,
    });
    await step();
    expect(contentsSent(steps)[0]?.images).toEqual([dataOf(bytes[1] ?? PNG), dataOf(bytes[0] ?? PNG)]);
  });

  test.each(['Look](there) ![shot', 'image [2].png', String.raw`a\]b`, '[a] [b]'])(
    'are found behind the alternative text %s',
    async (text) => {
      const body = `![x](https://example.com/x.png)${shot(1).replace('shot', text)}![](${text})`;
      const { steps, step } = await openPictures(body, { [idOf(1)]: PNG });
      await step();
      expect(contentsSent(steps)[0]?.images).toEqual([dataOf(PNG)]);
    },
  );

  test('stay text if they are elsewhere, or only in a link or a comment', async () => {
    const body = `![x](https://example.com/x.png) [${idOf(1)}](https://github.com/user-attachments/assets/${idOf(1)}) <!-- ${shot(1)} -->`;
    const { steps, github, step } = await openPictures(body, { [idOf(1)]: PNG });
    const run = await step();
    expect(contentsSent(steps)[0]?.images).toEqual([]);
    expect(github.requests.filter(({ path }) => path.includes('/issues/1'))).toEqual([]);
    expect(logOf(run)).not.toMatch(/pictures? /);
  });

  test('are left out if they were not in the event, or are not there any more', async () => {
    const edited = `${shot(2)} ${shot(3)}`;
    const { steps, step } = await openPictures(
      `${shot(1)} ${shot(2)}`,
      { [idOf(2)]: PNG, [idOf(3)]: PNG },
      { edited },
    );
    const run = await step();
    expect(contentsSent(steps)[0]?.images).toHaveLength(1);
    expect(logOf(run)).toContain('Warning: 1 of 2 pictures not sent: not shown in the text on GitHub');
  });

  test('are at most ten of together 3 MiB, and only what models take', async () => {
    const large = Buffer.concat([PNG, Buffer.alloc(2_500_000)]);
    const uploads: Record<string, Buffer> = {
      [idOf(1)]: large,
      [idOf(2)]: Buffer.concat([PNG, Buffer.alloc(5_000_000)]),
      [idOf(3)]: Buffer.from('<svg/>'),
      [idOf(4)]: GIF,
    };
    for (let number = 5; number < 15; number += 1)
      uploads[idOf(number)] = Buffer.concat([JPEG, Buffer.of(number)]);
    const body = Array.from({ length: 14 }, (_, index) => shot(index + 1)).join('\n');
    const { steps, step } = await openPictures(body, uploads);
    const run = await step();
    const [{ text, images } = { text: '', images: [] }] = contentsSent(steps);
    expect(images).toHaveLength(10);
    expect(images[0]).toBe(dataOf(large));
    expect(images[1]).toBe(dataOf(GIF, 'image/gif'));
    expect(text).toContain(
      '- not sent: 4 pictures of github.event.issue.body (more than 3 MiB of pictures; not a PNG, JPEG, GIF or WebP; there are more than 10)',
    );
    expect(logOf(run)).toContain('Warning: 4 of 14 pictures not sent: ');
  });

  test('are left out if they are broken or move: a model could refuse all messages after them', async () => {
    const uploads = {
      [idOf(1)]: PNG.subarray(0, 8),
      [idOf(2)]: PNG.subarray(0, -1),
      [idOf(3)]: ANIMATED_GIF,
      [idOf(4)]: JPEG,
    };
    const { steps, step } = await openPictures([1, 2, 3, 4].map(shot).join(' '), uploads);
    const run = await step();
    const [{ text, images } = { text: '', images: [] }] = contentsSent(steps);
    expect(images).toEqual([dataOf(JPEG, 'image/jpeg')]);
    expect(text).toContain('- not sent: 3 pictures of github.event.issue.body (broken or cut off; animated)');
    expect(logOf(run)).toContain(
      'Warning: 3 of 4 pictures not sent: broken or cut off (pictures 1, 2); animated (picture 3)',
    );
  });

  test.each([
    'https://user-images.githubusercontent.com/583231/225-a1b2.png',
    `https://github.com/octo-org/octo-repo/assets/583231/${idOf(1)}`,
  ])('are left out at the old address %s, and nothing is asked for it', async (address) => {
    const body = `![shot](${address}) <img src="${address}"> [a link](${address})`;
    const { steps, github, step } = await openPictures(body, { [idOf(1)]: PNG });
    const run = await step();
    expect(contentsSent(steps)).toEqual([
      {
        text: expect.stringContaining(
          '- not sent: 1 picture of github.event.issue.body (at an address that GitHub no longer gives to uploads)',
        ),
        images: [],
      },
    ]);
    expect(logOf(run)).toContain(
      'Warning: 1 of 1 picture not sent: at an address that GitHub no longer gives',
    );
    expect(github.requests.filter(({ path }) => path.includes('/issues/1'))).toEqual([]);
  });

  test('that are left out are named in summary and comment, with the reason', async () => {
    const old = '![old](https://user-images.githubusercontent.com/583231/225-a1b2.png)';
    const { github, step } = await openPictures(`${old} ${shot(1)} ${shot(2)}`, {
      [idOf(1)]: PNG,
      [idOf(2)]: Buffer.from('<svg/>'),
    });
    const { runner } = await step({ comment: 'true' });
    for (const page of [runner.page(), github.comments.at(-1)?.body]) {
      expect(page).toContain(
        '\n\n<p>2 of 3 pictures not sent: at an address that GitHub no longer gives to uploads (picture 1); not a PNG, JPEG, GIF or WebP (picture 3).</p>\n\n',
      );
      expect(page).toContain('Sent: 1 picture');
    }
  });

  test('are not asked for with `images: false`, and the message is as ever', async () => {
    const { steps, github, step } = await openPictures(shot(1), { [idOf(1)]: PNG });
    await step({ images: 'false' });
    expect(contentsSent(steps)[0]).toEqual({ text: expect.not.stringContaining('comes with'), images: [] });
    expect(github.requests.filter(({ path }) => path.includes('/issues/1'))).toEqual([]);
  });

  test('need a permission, which the warning names', async () => {
    const { steps, step } = await openPictures(
      shot(1),
      { [idOf(1)]: PNG },
      { github: { denied: ['issues'] } },
    );
    const run = await step();
    expect(run.outcome.status).toBe('finished');
    expect(contentsSent(steps)[0]?.text).toContain(
      'not sent: 1 picture of github.event.issue.body (could not be read from GitHub)',
    );
    expect(logOf(run)).toMatch(
      /Warning: 1 of 1 picture not sent: could not be read from GitHub \(.*issues: read, or set images: false\)/,
    );
  });

  test('stay on another GitHub, with one line of the log', async () => {
    const gitHubUrl = 'https://github.example.com';
    const body = shot(1).replace('https://github.com', gitHubUrl);
    const { steps, step } = await openPictures(body, {}, { gitHubUrl });
    const run = await step();
    expect(contentsSent(steps)[0]?.images).toEqual([]);
    expect(logOf(run)).toContain(
      'The pictures of the message are not sent: only those on https://github.com can be read',
    );
  });

  test('stay text with V0', async () => {
    const { step, github } = await openPictures(shot(1), { [idOf(1)]: PNG }, { simulator: { api: 'v0' } });
    const run = await step({ 'api-version': 'v0' });
    expect(run.outcome.status).toBe('finished');
    expect(github.pictures).toEqual([]);
    expect(run.runner.page()).toContain(
      '<p>The pictures of the message are not sent: this API takes none.</p>',
    );
  });
});

describe('two texts with pictures', () => {
  const open = async (issue: string, quoting: string, uploads: Readonly<Record<string, Buffer>>) => {
    const comment = { id: 55, body: quoting, user: { login: 'octocat', type: 'User' } };
    const event = [
      'issue_comment',
      { action: 'created', issue: { number: 1, body: issue }, comment },
    ] as const;
    const texts = { 'issues/1': issue, 'issues/comments/55': quoting };
    const opened = await openPictures(issue, uploads, { event, github: { texts } });
    const run = await opened.step({ 'message-template': `${TEMPLATE}\n{{ github.event.comment.body }}` });
    const read = opened.github.requests.filter(({ path }) => path.includes('/comments/55'));
    return { ...opened, run, read };
  };

  test('send a picture that both have once, and do not read the second for that', async () => {
    const { steps, run, read } = await open(shot(1), `> ${shot(1)}\n\nMe too`, { [idOf(1)]: PNG });
    expect(contentsSent(steps)[0]?.images).toEqual([dataOf(PNG)]);
    expect(logOf(run)).toContain('The message has 1 picture\n');
    expect(read).toEqual([]);
  });

  test('send a picture of the second that is gone from the first', async () => {
    const { steps, run } = await open(shot(2), `> ${shot(2)} ${shot(1)}`, { [idOf(1)]: PNG });
    expect(contentsSent(steps)[0]?.images).toEqual([dataOf(PNG)]);
    expect(logOf(run)).toContain('Warning: 2 of 3 pictures not sent: not shown in the text on GitHub');
  });

  test('do not read the second if the first has as many as can go with a message', async () => {
    const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
    const uploads = Object.fromEntries([...numbers, 11].map((number) => [idOf(number), PNG]));
    const { steps, run, read } = await open(numbers.map(shot).join('\n'), shot(11), uploads);
    expect(contentsSent(steps)[0]?.images).toHaveLength(10);
    expect(logOf(run)).toContain('Warning: 1 of 11 pictures not sent: there are more than 10');
    expect(read).toEqual([]);
  });
});

describe('a server that refuses a message for its size', () => {
  const refusal = {
    method: 'POST',
    answer: { kind: 'status', status: 413, body: 'Payload Too Large' },
  } as const;

  test('gets it once more without pictures, with a warning', async () => {
    const { steps, step } = await openPictures(shot(1), { [idOf(1)]: PNG });
    steps.simulator.order({ ...refusal, path: '/api/v1/app-conversations' });
    const run = await step();
    expect(run.outcome.status).toBe('finished');
    expect(contentsSent(steps).map(({ images }) => images.length)).toEqual([1, 0]);
    expect(contentsSent(steps)[1]?.text).toContain('No picture comes with this message');
    expect(logOf(run)).toContain(
      'Warning: 1 of 1 picture not sent: the server refuses the message with them for its size',
    );
  });

  test('fails the step if it has no pictures', async () => {
    const { steps, step } = await openPictures('No picture', {});
    steps.simulator.order({ ...refusal, path: '/api/v1/app-conversations' });
    expect((await step()).outcome.status).toBe('start-failed');
    expect(contentsSent(steps)).toHaveLength(1);
  });
});

test('a follow-up has only the pictures of the comment, and those of a command are of the task', async () => {
  const comment = { id: 55, body: `/agent Look ${shot(2)}`, user: { login: 'octocat', type: 'User' } };
  const event = [
    'issue_comment',
    { action: 'created', issue: { number: 1, body: shot(1) }, comment },
  ] as const;
  const texts = { 'issues/1': shot(1), 'issues/comments/55': comment.body };
  const uploads = { [idOf(1)]: PNG, [idOf(2)]: GIF };
  const { steps, step } = await openPictures(shot(1), uploads, { event, github: { texts } });
  const inputs = {
    'message-template': `${TEMPLATE}\n{{ github.event.comment.body }}`,
    'idempotency-key': 'issue-1',
    'if-exists': 'send',
    command: '/agent',
  };
  await step(inputs);
  await step({ ...inputs, 'message-template': `Again. ${inputs['message-template']}` });
  expect(contentsSent(steps).map(({ images }) => images)).toEqual([
    [dataOf(PNG), dataOf(GIF, 'image/gif')],
    [dataOf(GIF, 'image/gif')],
  ]);
  expect(contentsSent(steps)[1]?.text).toContain(
    '- 1 picture of github.event.comment.body (0a1b2c3d-0000-4000-8000-000000000002), a part of the task in it',
  );
});

describe('a server that does not know that the model sees pictures', () => {
  const simulator = { api: 'v1', seesPictures: false } as const;

  test.each(['none', 'done'])('is asked once to do without, with require-result %s', async (result) => {
    const body = `Look.\n${shot(1)}\nsimulate: done`;
    const { steps, step } = await openPictures(
      body,
      { [idOf(1)]: PNG },
      { simulator: { ...simulator, scenario: 'done' } },
    );
    const run = await step({ 'require-result': result });
    expect(run.outcome.status).toBe('finished');
    const [, followUp, ...others] = contentsSent(steps);
    expect(others).toEqual([]);
    expect(followUp?.images).toEqual([]);
    expect(followUp?.text).toMatch(/^The pictures of the message before this one cannot be seen/);
    expect(logOf(run)).toContain('Warning: The server says that the model openai/blind sees no pictures');
    expect(run.runner.page()).toContain('<p>The model openai/blind sees no pictures.</p>');
    expect(run.runner.page()).not.toContain('Sent: ');
  });

  test('fails the step if it answers so again', async () => {
    const { steps, step } = await openPictures(
      shot(1),
      { [idOf(1)]: PNG },
      { simulator: { ...simulator, scenario: SEES_NONE } },
    );
    const run = await step();
    expect(run.outcome.status).toBe('error');
    expect(run.runner.outputs['failure-kind']).toBe('model');
    expect(run.runner.failures).toEqual([expect.stringContaining('the model openai/blind sees no pictures')]);
    expect(run.runner.page().match(/sees no pictures/g)).toHaveLength(1);
    expect(run.runner.page()).not.toContain('Sent: ');
    expect(contentsSent(steps)).toHaveLength(2);
  });
});

test.each([
  ['LLMBadRequestError', 'config', 'Invalid content type. image_url is only supported by certain models.'],
  [
    'LLMServiceUnavailableError',
    'transient',
    'litellm.InternalServerError: BedrockException - Could not process image',
  ],
])('a provider that refuses a picture fails the step, with what to do: %s', async (code, kind, words) => {
  const scenario = worksThen('the provider refuses pictures', ...refusedAt(12, code, words, kind));
  const { step } = await openPictures(shot(1), { [idOf(1)]: PNG }, { simulator: { api: 'v1', scenario } });
  const run = await step({ 'idempotency-key': 'issue-1' });
  expect(run.outcome.status).toBe('error');
  expect(run.runner.outputs['failure-kind']).toBe('model');
  const [error = ''] = run.runner.failures;
  expect(run.runner.page()).not.toContain('Sent: ');
  expect(error).toContain(`the model refuses a picture, which stays in the conversation: ${code}: `);
  expect(error).toContain('What to do: remove the picture from the text, or set images: false, then ');
});
