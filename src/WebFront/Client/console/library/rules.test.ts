import { describe, expect, it } from 'vitest';
import { fillReply, fitting, type Reply, slashQuery, textFor } from './rules.ts';

const values = { 'visitor.name': '王芳', 'agent.name': 'Lin', 'queue.name': 'Sales' };
const reply = (shortcut: string, scope = 'all', text = 'x'): Reply => ({
  id: `${scope}${shortcut}`,
  scope,
  revision: 1,
  body: { shortcut, title: `title of ${shortcut}`, texts: { en: text } },
});

describe('canned replies', () => {
  it.each([
    ['Hello {{visitor.name}}, I am {{ agent.name }}', 'Hello 王芳, I am Lin'],
    ['{{constructor}} {{visitor.secret}} {{}}', '{{constructor}} {{visitor.secret}} {{}}'],
    ['no variables', 'no variables'],
  ])('fills %s', (text, expected) => {
    expect(fillReply(text, values)).toBe(expected);
  });

  it('does not fill what a name brings along', () => {
    expect(fillReply('{{visitor.name}}', { ...values, 'visitor.name': '{{agent.name}}' })).toBe('{{agent.name}}');
  });

  it.each([
    [['zh-TW', 'en'], '您好'],
    [['fr', 'en-GB'], 'Hello'],
    [['fr'], 'Hello'],
  ])('takes the language of %j', (locales, expected) => {
    expect(textFor({ shortcut: 'h', title: 'h', texts: { en: 'Hello', 'zh-CN': '您好' } }, locales)).toBe(expected);
  });

  it.each([
    ['/', 1, { from: 0, query: '' }],
    ['/ref', 4, { from: 0, query: 'ref' }],
    ['ok /退', 5, { from: 3, query: '退' }],
    ['a/b', 3, null],
    ['/ref und', 8, null],
    ['https://x', 9, null],
  ])('reads %j at %i', (text, caret, expected) => {
    expect(slashQuery(text, caret)).toEqual(expected);
  });

  it('puts the shortcut before the title, one’s own before everybody’s', () => {
    const all = [reply('thanks'), reply('hi', 'all', 'thank you'), reply('thanks', 'agent:a1'), reply('th')];
    expect(fitting(all, 'th').map((each) => each.id)).toEqual(['allth', 'agent:a1thanks', 'allthanks', 'allhi']);
    expect(fitting(all, 'nothing')).toEqual([]);
  });
});
