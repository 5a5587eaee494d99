import { describe, expect, it } from 'vitest';
import type { ConversationEvent } from '../../shared/protocol/types.ts';
import { leftMessage, rowsOf } from './rows.ts';

const at = '2026-01-01T00:00:00Z';
const event = (type: string, sequence: number) =>
  ({
    sequence,
    at,
    type,
    messageId: 'm',
    author: { kind: 'visitor', id: 'v' },
    text: 'x',
  }) as unknown as ConversationEvent;
const story = (...types: string[]) => types.map((type, index) => event(type, index + 1));

describe('a message left instead of waiting', () => {
  it.each<[boolean, string[]]>([
    [false, ['queued', 'messagePosted']],
    [true, ['queued', 'messagePosted', 'messageLeft']],
    [true, ['queued', 'messageLeft', 'rated', 'messageEdited']],
    [false, ['queued', 'messageLeft', 'messagePosted', 'queued']],
    [false, ['queued', 'messageLeft', 'assigned']],
    [false, ['queued', 'messageLeft', 'closed']],
    [true, ['queued', 'messageLeft', 'closed', 'reopened', 'queued', 'messageLeft']],
  ])('%s after %j', (expected, types) => {
    expect(leftMessage(story(...types))).toBe(expected);
  });

  it('is told in the log', () => {
    const rows = rowsOf({ events: story('queued', 'messageLeft'), pending: [], failed: [], readUpTo: 0 });
    expect(rows).toMatchObject([{ kind: 'notice', text: 'leftNotice' }]);
  });

  it('is waited for again without anybody else having been there', () => {
    const events = story('queued', 'messageLeft', 'queued', 'assigned', 'queued');
    const texts = rowsOf({ events, pending: [], failed: [], readUpTo: 0 }).map((row) =>
      row.kind === 'notice' ? row.text : '',
    );
    expect(texts).toEqual(['leftNotice', 'joined', 'requeued']);
  });
});
