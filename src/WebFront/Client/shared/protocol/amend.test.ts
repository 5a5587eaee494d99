import { describe, expect, it } from 'vitest';
import { amendments } from './amend.ts';

const edit = (text: string) => ({ type: 'messageEdited', messageId: 'm1', text });

describe('what became of messages', () => {
  it('keeps the last wording', () => {
    expect(amendments([{ type: 'messagePosted', messageId: 'm1', text: 'a' }, edit('b'), edit('c')]).get('m1')).toEqual(
      { text: 'c', redacted: false },
    );
  });

  it('counts an edit whose message is further back than what is held', () => {
    expect(amendments([edit('b')]).get('m1')?.text).toBe('b');
  });

  it('says nothing of what nobody touched', () => {
    expect(amendments([{ type: 'messagePosted', messageId: 'm1', text: 'a' }]).size).toBe(0);
  });

  it('leaves no word of what was removed, whichever way one learns of it', () => {
    const gone = { redacted: true };
    const redaction = { type: 'messageRedacted', messageId: 'm1' };
    expect(amendments([edit('b'), redaction]).get('m1')).toEqual(gone);
    expect(amendments([redaction, edit('b')]).get('m1')).toEqual(gone);
    expect(amendments([{ type: 'messagePosted', messageId: 'm1', text: '', redacted: true }]).get('m1')).toEqual(gone);
    expect(amendments([{ type: 'noteRedacted', messageId: 'n1' }]).get('n1')).toEqual(gone);
  });
});
