import { describe, expect, it } from 'vitest';
import { linkParts } from './links.ts';

describe('links', () => {
  it.each([
    ['see https://a.example/x.', ['see ', 'https://a.example/x', '.']],
    ['看https://a.example/路径，谢谢', ['看', 'https://a.example/路径', '，谢谢']],
    ['（https://a.example/x）', ['（', 'https://a.example/x', '）']],
    ['javascript:alert(1) data:text/html,x', ['javascript:alert(1) data:text/html,x']],
    ['no link', ['no link']],
    // What would turn the address round on the screen is not part of it.
    ['https://a.example/\u202egpj.exe', ['https://a.example/', '\u202egpj.exe']],
    ['https://ab\u2066.example', ['https://ab', '\u2066.example']],
  ])('%s', (text, expected) => {
    const parts = linkParts(text);
    expect(parts.map((part) => part.text)).toEqual(expected);
    for (const part of parts) if (part.url) expect(part.url).toMatch(/^https?:\/\//);
  });
});
